"""Model registry: loading, verification, damaged files."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from digits.errors import ModelUnavailable, UnknownModel
from digits.manifest import MANIFEST
from digits.registry import BUNDLE, Bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLE, tmp_path / "models"))


def manifest(folder: Path) -> dict[str, dict[str, dict[str, object]]]:
    return dict(json.loads((folder / MANIFEST).read_text()))


def test_each_model_returns_probabilities() -> None:
    bundle = Bundle()
    bundle.check()
    pictures = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
    for name in ("mlp", "tree"):
        probabilities = bundle[name].probabilities(pictures)
        assert probabilities.shape == (5, 10)
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_unknown_name_raises_unknown_model_with_known_names() -> None:
    with pytest.raises(UnknownModel, match="mlp or tree"):
        Bundle()["forest"]


@pytest.mark.parametrize("damage", ["missing", "truncated", "bit-flip", "empty"])
def test_damaged_model_raises_model_unavailable_and_other_model_is_served(folder: Path, damage: str) -> None:
    file = folder / "mlp.onnx"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes({"truncated": bytes(content[:1000]), "bit-flip": bytes(content), "empty": b""}[damage])
    bundle = Bundle(folder)
    for call in (bundle.check, lambda: bundle["mlp"]):
        with pytest.raises(ModelUnavailable, match=r"models/mlp\.onnx.*Restore the bundle") as raised:
            call()
        assert str(folder) not in str(raised.value)
    assert bundle["tree"].probabilities(np.zeros((1, 28, 28), np.uint8)).shape == (1, 10)


def test_output_of_wrong_shape_raises_model_unavailable(folder: Path) -> None:
    content = manifest(folder)
    content["models"]["mlp"]["labels"] = list(range(11))
    (folder / MANIFEST).write_text(json.dumps(content))
    with pytest.raises(ModelUnavailable, match=r"shape \(1, 10\)"):
        Bundle(folder)["mlp"]


def test_invalid_onnx_file_raises_model_unavailable(folder: Path) -> None:
    content = manifest(folder)
    (folder / "mlp.onnx").write_bytes(b"hello")
    content["models"]["mlp"]["sha256"] = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    (folder / MANIFEST).write_text(json.dumps(content))
    with pytest.raises(ModelUnavailable, match="mlp cannot be loaded"):
        Bundle(folder)["mlp"]


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"models": 1}', '{"models": {"mlp": {}}}'])
def test_damaged_manifest_raises_model_unavailable(folder: Path, text: str | None) -> None:
    (folder / MANIFEST).unlink() if text is None else (folder / MANIFEST).write_text(text)
    bundle = Bundle(folder)
    with pytest.raises(ModelUnavailable, match="Restore the bundle"):
        bundle.check()
    with pytest.raises(ModelUnavailable):
        bundle["mlp"]
