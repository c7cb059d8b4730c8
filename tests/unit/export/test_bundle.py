import json
from pathlib import Path
from typing import Any

import pytest

from digits.errors import ModelUnavailable
from digits.registry import Bundle
from export import bundle
from export.parity import Parity

END = b"of a model"


def exported(kind: str, content: bytes) -> bundle.Exported:
    report: dict[str, Any] = {"recipe": "r", "settings": {}}
    parity = Parity(1, 0, 0.0)
    return bundle.Exported(content, END, bundle.entry(kind, content, END, report, {}, parity, parity, {}))


def test_the_folder_is_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "old").write_text("old")
    bundle.write([exported("mlp", b"a"), exported("tree", b"b")], folder)
    models = ["mlp.explanation.onnx", "mlp.onnx", "tree.explanation.onnx", "tree.onnx"]
    assert sorted(file.name for file in folder.iterdir()) == ["manifest.json", *models]
    assert (folder / "tree.onnx").read_bytes() == b"b"
    assert (folder / "tree.explanation.onnx").read_bytes() == END
    entries = json.loads((folder / "manifest.json").read_text())["models"]
    assert entries["mlp"]["sha256"].startswith(entries["mlp"]["version"])
    assert len(entries["mlp"]["version"]) == 12
    assert [file.name for file in tmp_path.iterdir()] == ["models"]


def test_a_failure_on_the_way_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "old").write_text("old")
    rename = Path.rename

    def fail_into_place(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise OSError("disk full")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail_into_place)
    with pytest.raises(OSError, match="disk full"):
        bundle.write([exported("mlp", b"a")], folder)
    assert [path.name for path in tmp_path.rglob("*")] == ["models", "old"]


def test_the_function_refuses_a_model_that_is_not_the_manifests(tmp_path: Path) -> None:
    bundle.write([exported("mlp", b"a")], tmp_path / "models")
    (tmp_path / "models" / "mlp.onnx").write_bytes(b"b")
    with pytest.raises(ModelUnavailable, match="sha256"):
        Bundle(tmp_path / "models")["mlp"]
