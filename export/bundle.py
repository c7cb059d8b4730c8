"""Exported models come in; the folder that the function serves goes out, whole or not at all."""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import onnx
import onnx.helper

from digits.manifest import FORMAT, MANIFEST, Entry, File
from export.parity import Parity
from export.signature import IMAGES, PROBABILITIES

TITLES = {"mlp": "Neural network", "tree": "Decision tree"}


@dataclass(frozen=True)
class Exported:
    """A model that has passed the gate, as the bytes of its file, those of its explanation's, and its entry."""

    content: bytes
    extension: bytes
    entry: Entry


def describe(kind: str, model: onnx.ModelProto, report: dict[str, Any]) -> bytes:
    """Write into the model itself what it is, so that a file found alone can be told. Returns the file's bytes."""
    model.doc_string = f"{TITLES[kind]} for handwritten digits: uint8 pixels, 0 paper .. 255 ink -> 10 probabilities"
    notes = {"model": kind, "recipe": report["recipe"], "settings": json.dumps(report["settings"])}
    onnx.helper.set_model_props(model, notes)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def entry(
    kind: str,
    content: bytes,
    extension: bytes,
    report: dict[str, Any],
    metrics: dict[str, Any],
    parity: Parity,
    explained: Parity,
    tools: dict[str, str],
) -> Entry:
    """Make the manifest's entry of one model."""
    model = _file(f"{kind}.onnx", content)
    return {
        "name": kind,
        "title": TITLES[kind],
        **model,
        "version": model["sha256"][:12],
        "input": IMAGES,
        "output": PROBABILITIES,
        "labels": list(range(10)),
        "metrics": metrics,
        "parity": asdict(parity),
        "explanation": {**_file(f"{kind}.explanation.onnx", extension), "parity": asdict(explained)},
        "recipe": {"name": report["recipe"], **report["settings"]},
        "tools": tools,
    }


def _file(name: str, content: bytes) -> File:
    return {"file": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def write(models: Iterable[Exported], folder: Path) -> None:
    """Write the models, their explanations and the manifest of them all."""
    with replacing(folder) as new:
        entries = {}
        for model in models:
            entries[model.entry["name"]] = model.entry
            (new / model.entry["file"]).write_bytes(model.content)
            (new / model.entry["explanation"]["file"]).write_bytes(model.extension)
        (new / MANIFEST).write_text(json.dumps({"format": FORMAT, "models": entries}, indent=1) + "\n")


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill, beside the one that it replaces once it has been filled without an error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as work:
        new, old = Path(work, "new"), Path(work, "old")
        new.mkdir(mode=0o755)
        yield new
        if folder.exists():
            folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
