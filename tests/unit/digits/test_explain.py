"""Explanations of predictions: attributions and decision paths."""

import base64
import io
import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from digits.errors import ModelUnavailable
from digits.explain import backproject_attributions, explain, path, resampling, run_explainer
from digits.preprocess import Picture, normalize
from digits.registry import BUNDLE, Bundle, Classifier
from tests.support.pictures import seven
from training.dataset import load_test

MODELS = Bundle()
TEST = load_test()
DIGITS = [TEST.images[np.flatnonzero(TEST.labels == digit)[0]] for digit in range(10)]
SEVEN = normalize(seven())


def dot(row: int, column: int, ink: int = 255) -> Picture:
    picture = np.zeros((28, 28), np.uint8)
    picture[row, column] = ink
    return picture


EDGE_CASES = [dot(14, 14), dot(0, 0), dot(27, 3, 1), np.full((28, 28), 255, np.uint8), np.eye(28, dtype=np.uint8) * 200]
PICTURES = [*DIGITS, SEVEN, *EDGE_CASES]


def deskewed_picture(explanation: dict[str, Any]) -> Picture:
    header, _, encoded = explanation["seen"].partition(",")
    assert header == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_explanation_has_every_field(kind: str) -> None:
    explanation = explain(MODELS[kind], SEVEN)
    common = {"method", "score", "baseline", "attribution", "seen"}
    assert explanation.keys() == common | ({"runner_up"} if kind == "mlp" else {"root", "path"})
    assert explanation["method"] == {"mlp": "DeepLIFT", "tree": "decision path"}[kind]
    assert np.shape(explanation["attribution"]) == (28, 28)
    assert deskewed_picture(explanation).shape == {"mlp": (28, 28), "tree": (18, 15)}[kind]


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_attribution_sums_to_score_minus_baseline(kind: str) -> None:
    for picture in PICTURES:
        explanation = explain(MODELS[kind], picture)
        difference = explanation["score"] - explanation["baseline"]
        assert np.sum(explanation["attribution"]) == pytest.approx(difference, rel=1e-3, abs=1e-5)
        json.dumps(explanation, allow_nan=False)


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_explanation_is_deterministic(kind: str) -> None:
    reloaded = Bundle()[kind]
    for picture in PICTURES:
        assert json.dumps(explain(MODELS[kind], picture)) == json.dumps(explain(reloaded, picture))


def test_mlp_score_is_log_ratio_to_runner_up() -> None:
    blank = MODELS["mlp"].probabilities(np.zeros((1, 28, 28), np.uint8))[0]
    for picture in DIGITS:
        probabilities = MODELS["mlp"].probabilities(picture[None])[0]
        explanation = explain(MODELS["mlp"], picture)
        runner_up, digit = np.argsort(probabilities)[-2:].tolist()
        assert explanation["runner_up"] == runner_up
        assert explanation["score"] == pytest.approx(np.log(probabilities[digit] / probabilities[runner_up]), rel=1e-4)
        assert explanation["baseline"] == pytest.approx(np.log(blank[digit] / blank[runner_up]), rel=1e-4, abs=1e-6)


def test_mlp_attributes_nothing_to_blank_pixels() -> None:
    for picture in DIGITS:
        attribution = np.array(explain(MODELS["mlp"], picture)["attribution"])
        assert (attribution[picture == 0] == 0).all()
        assert np.count_nonzero(attribution[picture > 0]) > 50


def test_decision_path_compares_deskewed_pixels() -> None:
    for picture in PICTURES:
        explanation = explain(MODELS["tree"], picture)
        pixels = deskewed_picture(explanation)
        for step in explanation["path"]:
            assert step["value"] == pixels[step["row"], step["column"]]
            assert step["side"] == ("low" if step["value"] <= step["threshold"] else "high")


def test_value_at_threshold_goes_to_low_side() -> None:
    children, feature, threshold = np.array([[1, 2], [-1, -1], [-1, -1]]), np.array([1, -2, -2]), np.array([7, -2, -2])
    tree = {"children": children, "feature": feature, "threshold": threshold}
    assert [path(tree, np.array([9, value])) for value in (6, 7, 8)] == [[0, 1], [0, 1], [0, 2]]


def test_decision_path_ends_at_prediction() -> None:
    for picture in PICTURES:
        probabilities = MODELS["tree"].probabilities(picture[None])[0]
        explanation = explain(MODELS["tree"], picture)
        assert explanation["path"][-1]["probabilities"] == pytest.approx(probabilities.tolist(), abs=1e-6)
        assert explanation["score"] == pytest.approx(probabilities.max(), abs=1e-6)
        assert explanation["baseline"] == explanation["root"][probabilities.argmax()]


def test_samples_decrease_along_decision_path() -> None:
    for picture in DIGITS:
        explanation = explain(MODELS["tree"], picture)
        total = int(run_explainer(MODELS["tree"], picture)["samples"][0])
        samples = [total, *(step["samples"] for step in explanation["path"])]
        assert all(before > after for before, after in pairwise(samples))
        assert samples[-1] >= 6  # min_samples_leaf of the recipe
        for shares in (explanation["root"], *(step["probabilities"] for step in explanation["path"])):
            assert sum(shares) == pytest.approx(1, abs=1e-6)


def test_positions_of_tested_pixels_move_with_digit() -> None:
    before = explain(MODELS["tree"], DIGITS[0])["path"]
    after = explain(MODELS["tree"], np.roll(DIGITS[0], (-2, 1), axis=(0, 1)))["path"]
    assert [(step["row"], step["column"]) for step in before] == [(step["row"], step["column"]) for step in after]
    moved = np.subtract([step["position"] for step in after], [step["position"] for step in before])
    np.testing.assert_allclose(moved, np.tile([-2, 1], (len(before), 1)), atol=0.03)


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_resampling_weights_reproduce_deskewed_picture(kind: str) -> None:
    for picture in DIGITS:
        outputs = run_explainer(MODELS[kind], picture)
        rows, columns = (resampling(outputs["grid"][..., axis], outputs["blur"]) for axis in (1, 0))
        inside = (abs(outputs["grid"][0]) <= 1).all(axis=-1).ravel()
        resampled = ((rows @ picture) * columns).sum(axis=1)
        np.testing.assert_allclose(resampled[inside], outputs["pixels"][0][inside], atol=0.501)  # pixels are rounded


def test_contribution_is_distributed_by_ink_or_else_by_weight() -> None:
    halfway = np.array([[[0.0, 0.0]], [[2.0, -2.0]]])  # between the four center pixels; beyond the upper right corner
    rows, columns = (resampling(halfway[..., axis], np.eye(28)) for axis in (1, 0))
    picture = dot(13, 13, 50) + dot(14, 13, 150)
    attribution = backproject_attributions(np.array([8.0, 3.0]), np.array([50.0, 0.0]), picture, rows, columns)
    assert attribution[13:15, 13:15].tolist() == [[2, 0], [6, 0]]
    assert attribution[0, 27] == 3
    blank = backproject_attributions(np.array([8.0, 3.0]), np.array([0.0, 0.0]), picture, rows, columns)
    assert blank[13:15, 13:15].tolist() == [[2, 2], [2, 2]]


def test_explainer_is_loaded_at_first_use() -> None:
    bundle = Bundle()
    bundle.check()
    assert "explainer" not in vars(bundle["mlp"])
    assert bundle["mlp"].explainer is bundle["mlp"].explainer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLE, tmp_path / "models"))


def assert_not_explained(classifier: Classifier, folder: Path, name: str) -> None:
    match = rf"The predictions of the model \w+ cannot be explained: .*{name}.*Restore the bundle"
    with pytest.raises(ModelUnavailable, match=match) as raised:
        explain(classifier, SEVEN)
    assert str(folder) not in str(raised.value)
    assert classifier.probabilities(SEVEN[None]).argmax() == 7


@pytest.mark.parametrize("damage", ["missing", "truncated", "bit-flip", "other-model"])
@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_damaged_explanation_file_leaves_predictions_available(folder: Path, kind: str, damage: str) -> None:
    file = folder / f"{kind}.explanation.onnx"
    content = file.read_bytes()
    flipped = bytearray(content)
    flipped[len(flipped) // 2] ^= 1
    other = (folder / ("tree" if kind == "mlp" else "mlp")).with_suffix(".explanation.onnx").read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes({"truncated": content[:1000], "bit-flip": bytes(flipped), "other-model": other}[damage])
    classifier = Bundle(folder)[kind]
    assert_not_explained(classifier, folder, rf"models/{kind}\.explanation\.onnx")
    file.write_bytes(content)
    assert explain(classifier, SEVEN) == explain(MODELS[kind], SEVEN)


def test_model_file_replaced_after_loading_cannot_be_explained(folder: Path) -> None:
    classifier = Bundle(folder)["mlp"]
    shutil.copy(folder / "tree.onnx", folder / "mlp.onnx")
    assert_not_explained(classifier, folder, r"models/mlp\.onnx")


def test_manifest_without_explanation_leaves_predictions_available(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["models"]["mlp"]["explanation"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert_not_explained(Bundle(folder)["mlp"], folder, "explanation")
