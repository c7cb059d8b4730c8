"""The detector in an exported MLP: parity, unchanged probabilities, replacement, and what a bundle claims."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from digits.manifest import MANIFEST
from digits.registry import BUNDLE, open_session
from export import bundle, likeness, verify
from export.parity import ParityError
from export.verify import VerifyError
from training.dataset import load_test
from training.digit_likeness.detector import Detector, Settings
from training.recipes import FULL_RESOLUTION

TEST = load_test().first(200)


@pytest.fixture(scope="module")
def detector() -> Detector:
    """An untrained detector."""
    rng = np.random.default_rng(0)
    shapes = [(784, 4), (4,), (4, 1), (1,)]
    hidden, hidden_bias, output, output_bias = (rng.normal(0, 0.01, shape).astype(np.float32) for shape in shapes)
    return Detector(hidden, hidden_bias, output, output_bias, FULL_RESOLUTION, 0.2, Settings(units=4), {"auroc": 0.5})


def test_replaced_detector_is_exact_and_keeps_the_probabilities(detector: Detector, tmp_path: Path) -> None:
    models = likeness.replace_in_bundle(Path(BUNDLE), detector, TEST.images)
    bundle.write(models, tmp_path / "models")
    before, after = (open_session(str(Path(folder, "mlp.onnx"))) for folder in (BUNDLE, tmp_path / "models"))
    probabilities, scores = after.run(["probabilities", "digit_likeness"], {"images": TEST.images})
    np.testing.assert_array_equal(probabilities, before.run(["probabilities"], {"images": TEST.images})[0])
    np.testing.assert_allclose(scores, detector.likeness(TEST.images), atol=1e-6)
    entry = json.loads((tmp_path / "models" / MANIFEST).read_text())["models"]["mlp"]
    assert entry["digit_likeness"]["threshold"] == 0.2
    assert entry["digit_likeness"]["metrics"]["flagged_test_digits"] == (scores < 0.2).mean()
    assert entry["bytes"] == (tmp_path / "models" / "mlp.onnx").stat().st_size


def test_attaching_twice_leaves_one_detector(detector: Detector) -> None:
    model = onnx.load(Path(BUNDLE, "mlp.onnx"))
    likeness.detach(model)
    assert [output.name for output in model.graph.output] == ["probabilities"]
    likeness.attach(model, detector)
    once = model.SerializeToString(deterministic=True)
    likeness.attach(model, detector)
    assert model.SerializeToString(deterministic=True) == once


def test_other_scores_than_the_detectors_raise_parity_error(detector: Detector) -> None:
    model = onnx.load(Path(BUNDLE, "mlp.onnx"))
    likeness.attach(model, detector)
    session = open_session(model.SerializeToString())
    other = replace(detector, output_bias=detector.output_bias + np.float32(0.01))
    with pytest.raises(ParityError, match="digit likeness differs"):
        likeness.manifest_entry("mlp", session, other, TEST.images)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metrics": {"flagged_test_digits": 0.5}}, "flagged_test_digits 0.5"),
        ({"threshold": 0.99999}, "flagged_test_digits"),
    ],
)
def test_false_claim_is_rejected(tmp_path: Path, change: dict[str, object], message: str) -> None:
    folder = Path(shutil.copytree(BUNDLE, tmp_path / "models"))
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["models"]["mlp"]["digit_likeness"] |= change
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(VerifyError, match=message):
        verify.verify_bundle(folder, load_test())
