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


def test_each_model_answers_with_probabilities() -> None:
    bundle = Bundle()
    bundle.check()
    pictures = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
    for name in ("mlp", "tree"):
        probabilities = bundle[name].probabilities(pictures)
        assert probabilities.shape == (5, 10)
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match="mlp or tree"):
        Bundle()["forest"]


@pytest.mark.parametrize("damage", ["missing", "cut off", "one bit", "empty"])
def test_a_damaged_model_is_refused_and_the_other_serves(folder: Path, damage: str) -> None:
    file = folder / "mlp.onnx"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes({"cut off": bytes(content[:1000]), "one bit": bytes(content), "empty": b""}[damage])
    bundle = Bundle(folder)
    for refuse in (bundle.check, lambda: bundle["mlp"]):
        with pytest.raises(ModelUnavailable, match=r"models/mlp\.onnx.*Restore the bundle") as refused:
            refuse()
        assert str(folder) not in str(refused.value)
    assert bundle["tree"].probabilities(np.zeros((1, 28, 28), np.uint8)).shape == (1, 10)


def test_another_valid_model_of_the_wrong_shape_is_refused(folder: Path) -> None:
    content = manifest(folder)
    content["models"]["mlp"]["labels"] = list(range(11))
    (folder / MANIFEST).write_text(json.dumps(content))
    with pytest.raises(ModelUnavailable, match=r"shape \(1, 10\)"):
        Bundle(folder)["mlp"]


def test_a_model_that_onnxruntime_cannot_read_is_refused(folder: Path) -> None:
    content = manifest(folder)
    (folder / "mlp.onnx").write_bytes(b"hello")
    content["models"]["mlp"]["sha256"] = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    (folder / MANIFEST).write_text(json.dumps(content))
    with pytest.raises(ModelUnavailable, match="mlp cannot be loaded"):
        Bundle(folder)["mlp"]


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"models": 1}', '{"models": {"mlp": {}}}'])
def test_a_damaged_manifest_is_named(folder: Path, text: str | None) -> None:
    (folder / MANIFEST).unlink() if text is None else (folder / MANIFEST).write_text(text)
    bundle = Bundle(folder)
    with pytest.raises(ModelUnavailable, match="Restore the bundle"):
        bundle.check()
    with pytest.raises(ModelUnavailable):
        bundle["mlp"]
