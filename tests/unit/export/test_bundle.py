import json
from pathlib import Path
from typing import Any

import pytest

from digits.errors import ModelUnavailable
from digits.registry import Bundle
from export import bundle
from export.parity import Parity

EXTENSION = b"extension"


def make_model(kind: str, content: bytes) -> bundle.ExportedModel:
    report: dict[str, Any] = {"recipe": "r", "settings": {}}
    parity = Parity(1, 0, 0.0)
    return bundle.ExportedModel(
        content, EXTENSION, bundle.manifest_entry(kind, content, EXTENSION, report, {}, parity, parity, {})
    )


def test_write_replaces_the_whole_folder(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "old").write_text("old")
    bundle.write([make_model("mlp", b"a"), make_model("tree", b"b")], folder)
    models = ["mlp.explanation.onnx", "mlp.onnx", "tree.explanation.onnx", "tree.onnx"]
    assert sorted(file.name for file in folder.iterdir()) == ["manifest.json", *models]
    assert (folder / "tree.onnx").read_bytes() == b"b"
    assert (folder / "tree.explanation.onnx").read_bytes() == EXTENSION
    entries = json.loads((folder / "manifest.json").read_text())["models"]
    assert entries["mlp"]["sha256"].startswith(entries["mlp"]["version"])
    assert len(entries["mlp"]["version"]) == 12
    assert [file.name for file in tmp_path.iterdir()] == ["models"]


def test_failed_write_keeps_the_old_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "old").write_text("old")
    rename = Path.rename

    def fail_for_new(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise OSError("disk full")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail_for_new)
    with pytest.raises(OSError, match="disk full"):
        bundle.write([make_model("mlp", b"a")], folder)
    assert [path.name for path in tmp_path.rglob("*")] == ["models", "old"]


def test_model_with_other_sha256_is_unavailable(tmp_path: Path) -> None:
    bundle.write([make_model("mlp", b"a")], tmp_path / "models")
    (tmp_path / "models" / "mlp.onnx").write_bytes(b"b")
    with pytest.raises(ModelUnavailable, match="sha256"):
        Bundle(tmp_path / "models")["mlp"]
