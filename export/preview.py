"""The preview network: a compact network that the page runs itself while one draws, a file of the site.

The server's models stay the ones that decide. The detector of digits is left out: it would add 350 KB to each visit.
"""

import json
from pathlib import Path
from typing import Any, TypedDict

from digits.manifest import FORMAT, MANIFEST, File, Tensor
from export.bundle import ExportedModel, replace_folder

RECIPE = "compact"
FOLDER = Path("frontend", "preview")


class PreviewEntry(File):
    """Description of the preview network: the bundle's entry without explanation and detector."""

    name: str
    title: str
    version: str
    input: Tensor
    output: Tensor
    labels: list[int]
    metrics: dict[str, Any]
    parity: dict[str, Any]
    recipe: dict[str, Any]
    tools: dict[str, str]


class PreviewManifest(TypedDict):
    """The manifest beside the network, in the format of the bundle's."""

    format: int
    models: dict[str, PreviewEntry]


def write(model: ExportedModel, folder: Path) -> None:
    """Write the network and its manifest, all or nothing."""
    entry = model.entry
    kept: PreviewEntry = {
        "name": entry["name"],
        "title": entry["title"],
        "file": entry["file"],
        "bytes": entry["bytes"],
        "sha256": entry["sha256"],
        "version": entry["version"],
        "input": entry["input"],
        "output": entry["output"],
        "labels": entry["labels"],
        "metrics": entry["metrics"],
        "parity": entry["parity"],
        "recipe": entry["recipe"],
        "tools": entry["tools"],
    }
    manifest: PreviewManifest = {"format": FORMAT, "models": {entry["name"]: kept}}
    with replace_folder(folder) as new:
        (new / entry["file"]).write_bytes(model.content)
        (new / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
