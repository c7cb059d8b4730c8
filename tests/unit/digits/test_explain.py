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


ODD = [dot(14, 14), dot(0, 0), dot(27, 3, 1), np.full((28, 28), 255, np.uint8), np.eye(28, dtype=np.uint8) * 200]
ALL = [*DIGITS, SEVEN, *ODD]


def seen(explanation: dict[str, Any]) -> Picture:
    header, _, encoded = explanation["seen"].partition(",")
    assert header == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_an_explanation_has_all_that_the_api_promises(kind: str) -> None:
    explanation = explain(MODELS[kind], SEVEN)
    both = {"method", "score", "baseline", "attribution", "seen"}
    assert explanation.keys() == both | ({"runner_up"} if kind == "mlp" else {"root", "path"})
    assert explanation["method"] == {"mlp": "DeepLIFT", "tree": "decision path"}[kind]
    assert np.shape(explanation["attribution"]) == (28, 28)
    assert seen(explanation).shape == {"mlp": (28, 28), "tree": (18, 15)}[kind]


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_the_attribution_sums_to_what_the_score_has_above_its_baseline(kind: str) -> None:
    for picture in ALL:
        explanation = explain(MODELS[kind], picture)
        above = explanation["score"] - explanation["baseline"]
        assert np.sum(explanation["attribution"]) == pytest.approx(above, rel=1e-3, abs=1e-5)
        json.dumps(explanation, allow_nan=False)


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_the_same_picture_is_explained_in_the_same_words(kind: str) -> None:
    again = Bundle()[kind]
    for picture in ALL:
        assert json.dumps(explain(MODELS[kind], picture)) == json.dumps(explain(again, picture))


def test_the_network_sets_its_digit_against_the_runner_up() -> None:
    blank = MODELS["mlp"].probabilities(np.zeros((1, 28, 28), np.uint8))[0]
    for picture in DIGITS:
        probabilities = MODELS["mlp"].probabilities(picture[None])[0]
        explanation = explain(MODELS["mlp"], picture)
        runner_up, digit = np.argsort(probabilities)[-2:].tolist()
        assert explanation["runner_up"] == runner_up
        assert explanation["score"] == pytest.approx(np.log(probabilities[digit] / probabilities[runner_up]), rel=1e-4)
        assert explanation["baseline"] == pytest.approx(np.log(blank[digit] / blank[runner_up]), rel=1e-4)


def test_ink_that_is_not_there_tells_the_network_nothing() -> None:
    for picture in DIGITS:
        attribution = np.array(explain(MODELS["mlp"], picture)["attribution"])
        assert (attribution[picture == 0] == 0).all()
        assert np.count_nonzero(attribution[picture > 0]) > 50


def test_the_path_follows_what_the_tree_saw() -> None:
    for picture in ALL:
        explanation = explain(MODELS["tree"], picture)
        pixels = seen(explanation)
        for step in explanation["path"]:
            assert step["value"] == pixels[step["row"], step["column"]]
            assert step["side"] == ("low" if step["value"] <= step["threshold"] else "high")


def test_a_value_at_the_threshold_goes_to_the_low_side() -> None:
    children, feature, threshold = np.array([[1, 2], [-1, -1], [-1, -1]]), np.array([1, -2, -2]), np.array([7, -2, -2])
    tree = {"children": children, "feature": feature, "threshold": threshold}
    assert [path(tree, np.array([9, value])) for value in (6, 7, 8)] == [[0, 1], [0, 1], [0, 2]]


def test_the_path_ends_at_the_answer() -> None:
    for picture in ALL:
        answer = MODELS["tree"].probabilities(picture[None])[0]
        explanation = explain(MODELS["tree"], picture)
        assert explanation["path"][-1]["probabilities"] == answer.tolist()
        assert explanation["score"] == answer.max()
        assert explanation["baseline"] == explanation["root"][answer.argmax()]


def test_the_path_narrows_down_the_training_images() -> None:
    for picture in DIGITS:
        explanation = explain(MODELS["tree"], picture)
        all_of_them = int(run_explainer(MODELS["tree"], picture)["samples"][0])
        samples = [all_of_them, *(step["samples"] for step in explanation["path"])]
        assert all(before > after for before, after in pairwise(samples))
        assert samples[-1] >= 6  # min_samples_leaf of the recipe
        for shares in (explanation["root"], *(step["probabilities"] for step in explanation["path"])):
            assert sum(shares) == pytest.approx(1, abs=1e-6)


def test_the_tested_pixels_move_with_the_digit() -> None:
    before = explain(MODELS["tree"], DIGITS[0])["path"]
    after = explain(MODELS["tree"], np.roll(DIGITS[0], (-2, 1), axis=(0, 1)))["path"]
    assert [(step["row"], step["column"]) for step in before] == [(step["row"], step["column"]) for step in after]
    moved = np.subtract([step["position"] for step in after], [step["position"] for step in before])
    np.testing.assert_allclose(moved, np.tile([-2, 1], (len(before), 1)), atol=0.03)


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_the_weights_make_of_the_picture_what_the_model_saw(kind: str) -> None:
    for picture in DIGITS:
        found = run_explainer(MODELS[kind], picture)
        rows, columns = (resampling(found["grid"][..., axis], found["blur"]) for axis in (1, 0))
        inside = (abs(found["grid"][0]) <= 1).all(axis=-1).ravel()
        resampled = ((rows @ picture) * columns).sum(axis=1)
        np.testing.assert_allclose(resampled[inside], found["pixels"][0][inside], atol=0.501)  # which are rounded


def test_a_contribution_goes_to_the_ink_and_for_want_of_ink_to_the_place() -> None:
    halfway = np.array([[[0.0, 0.0]], [[2.0, -2.0]]])  # between the four in the middle; beyond the upper right corner
    rows, columns = (resampling(halfway[..., axis], np.eye(28)) for axis in (1, 0))
    picture = dot(13, 13, 50) + dot(14, 13, 150)
    attribution = backproject_attributions(np.array([8.0, 3.0]), np.array([50.0, 0.0]), picture, rows, columns)
    assert attribution[13:15, 13:15].tolist() == [[2, 0], [6, 0]]
    assert attribution[0, 27] == 3
    blank = backproject_attributions(np.array([8.0, 3.0]), np.array([0.0, 0.0]), picture, rows, columns)
    assert blank[13:15, 13:15].tolist() == [[2, 2], [2, 2]]


def test_what_explains_is_loaded_when_it_is_asked_for() -> None:
    bundle = Bundle()
    bundle.check()
    assert "explainer" not in vars(bundle["mlp"])
    assert bundle["mlp"].explainer is bundle["mlp"].explainer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLE, tmp_path / "models"))


def is_refused(classifier: Classifier, folder: Path, name: str) -> None:
    match = rf"The predictions of the model \w+ cannot be explained: .*{name}.*Restore the bundle"
    with pytest.raises(ModelUnavailable, match=match) as refused:
        explain(classifier, SEVEN)
    assert str(folder) not in str(refused.value)
    assert classifier.probabilities(SEVEN[None]).argmax() == 7


@pytest.mark.parametrize("damage", ["missing", "cut off", "one bit", "another model's"])
@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_without_its_file_a_model_answers_and_does_not_explain(folder: Path, kind: str, damage: str) -> None:
    file = folder / f"{kind}.explanation.onnx"
    content = file.read_bytes()
    bit = bytearray(content)
    bit[len(bit) // 2] ^= 1
    other = (folder / ("tree" if kind == "mlp" else "mlp")).with_suffix(".explanation.onnx").read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes({"cut off": content[:1000], "one bit": bytes(bit), "another model's": other}[damage])
    classifier = Bundle(folder)[kind]
    is_refused(classifier, folder, rf"models/{kind}\.explanation\.onnx")
    file.write_bytes(content)
    assert explain(classifier, SEVEN) == explain(MODELS[kind], SEVEN)


def test_a_model_that_was_exchanged_after_it_was_loaded_explains_nothing(folder: Path) -> None:
    classifier = Bundle(folder)["mlp"]
    shutil.copy(folder / "tree.onnx", folder / "mlp.onnx")
    is_refused(classifier, folder, r"models/mlp\.onnx")


def test_a_manifest_of_before_there_were_explanations_still_serves(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["models"]["mlp"]["explanation"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    is_refused(Bundle(folder)["mlp"], folder, "explanation")
