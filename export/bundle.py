"""The bundle: the folder of ONNX models and their manifest that the function serves."""

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

from command_line import CommandError
from digits.manifest import FORMAT, MANIFEST, DigitLikeness, Entry, File
from export.parity import Parity
from export.signature import IMAGES, PROBABILITIES
from training.files import make_folder

TITLES = {"mlp": "Neural network", "tree": "Decision tree"}


@dataclass(frozen=True)
class ExportedModel:
    """A verified model: the bytes of its ONNX file, those of its explanation extension, and its manifest entry."""

    content: bytes
    extension: bytes
    entry: Entry


def serialize(kind: str, model: onnx.ModelProto, report: dict[str, Any]) -> bytes:
    """Serialize the model with metadata that identifies the file on its own."""
    model.doc_string = f"{TITLES[kind]} for handwritten digits: uint8 pixels, 0 paper .. 255 ink -> 10 probabilities"
    properties = {"model": kind, "recipe": report["recipe"], "settings": json.dumps(report["settings"])}
    onnx.helper.set_model_props(model, properties)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def manifest_entry(
    kind: str,
    content: bytes,
    extension: bytes,
    report: dict[str, Any],
    metrics: dict[str, Any],
    parity: Parity,
    explained: Parity,
    tools: dict[str, str],
    likeness: DigitLikeness | None = None,
) -> Entry:
    """Build the manifest's entry of one model."""
    model = model_file(kind, content)
    entry: Entry = {
        "name": kind,
        "title": TITLES[kind],
        "file": model["file"],
        "bytes": model["bytes"],
        "sha256": model["sha256"],
        "version": model["version"],
        "input": IMAGES,
        "output": PROBABILITIES,
        "labels": list(range(10)),
        "metrics": metrics,
        "parity": asdict(parity),
        "explanation": {**_file(f"{kind}.explanation.onnx", extension), "parity": asdict(explained)},
        "recipe": {"name": report["recipe"], **report["settings"]},
        "tools": tools,
    }
    if likeness is not None:
        entry["digit_likeness"] = likeness
    return entry


def model_file(kind: str, content: bytes) -> Any:
    """Return the entry's fields that depend on the model's file: its name, size, sha256 and version."""
    file = _file(f"{kind}.onnx", content)
    return {**file, "version": file["sha256"][:12]}


def _file(name: str, content: bytes) -> File:
    return {"file": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def write(models: Iterable[ExportedModel], folder: Path) -> None:
    """Write the models, their explanation extensions and the manifest, all or nothing."""
    with replace_folder(folder) as new:
        entries = {}
        for model in models:
            entries[model.entry["name"]] = model.entry
            (new / model.entry["file"]).write_bytes(model.content)
            (new / model.entry["explanation"]["file"]).write_bytes(model.extension)
        (new / MANIFEST).write_text(json.dumps({"format": FORMAT, "models": entries}, indent=1) + "\n")


def check_folder(folder: Path) -> None:
    """Raise CommandError if a bundle cannot be written to the folder, or if other files would be deleted."""
    if folder.exists() and not folder.is_dir():
        raise CommandError(f"{folder} is a file. Give a folder: --out DIR")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise CommandError(f"{folder} holds other files than a bundle, which would be deleted. Give another: --out DIR")
    make_folder(folder.parent)


@contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; it replaces `folder` if the block ends without an error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        new, old = Path(temporary, "new"), Path(temporary, "old")
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
