import json
from pathlib import Path

from digits.manifest import FORMAT
from export import preview
from tests.unit.export.test_bundle import make_model


def test_write_keeps_the_entry_without_explanation(tmp_path: Path) -> None:
    model = make_model("mlp", b"network")
    preview.write(model, tmp_path / "preview")
    assert sorted(path.name for path in (tmp_path / "preview").iterdir()) == ["manifest.json", "mlp.onnx"]
    assert (tmp_path / "preview" / "mlp.onnx").read_bytes() == b"network"
    manifest = json.loads((tmp_path / "preview" / "manifest.json").read_text())
    assert manifest["format"] == FORMAT
    expected = {name: value for name, value in model.entry.items() if name != "explanation"}
    assert manifest["models"] == {"mlp": expected}
