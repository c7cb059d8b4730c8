from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from digits.registry import BUNDLE
from evaluation import onnx_model, rejection_scores
from training.dataset import load_test

IMAGES = load_test().images[:200]
NETWORK, TREE = onnx_model.served(Path(BUNDLE), Path("nowhere"))


def test_separation_is_the_chance_that_a_digit_scores_higher() -> None:
    assert rejection_scores.auroc(np.array([3.0, 4.0]), np.array([1.0, 2.0])) == 1
    assert rejection_scores.auroc(np.array([1.0, 2.0]), np.array([3.0, 4.0])) == 0
    assert rejection_scores.auroc(np.array([1.0, 3.0]), np.array([2.0])) == 0.5


def test_every_score_is_higher_for_what_looks_more_like_a_digit() -> None:
    noise = np.random.default_rng(0).integers(0, 256, IMAGES.shape).astype(np.uint8)
    digits, others = (rejection_scores.scores(NETWORK, TREE, pictures) for pictures in (IMAGES, noise))
    assert {name.split(":")[0] for name in digits} == {"mlp", "tree", "both"}
    for name, values in digits.items():
        assert values.shape == (len(IMAGES),)
        assert values.mean() > others[name].mean(), name


def test_agreement_is_one_where_both_say_the_same() -> None:
    found = rejection_scores.scores(NETWORK, replace(NETWORK, kind="tree"), IMAGES[:5])
    assert found["both: agreement"] == pytest.approx(1, abs=1e-5)


def test_likeness_that_a_model_serves_is_a_score_too() -> None:
    model = onnx.load_from_string(NETWORK.content)
    model.graph.node.append(onnx.helper.make_node("ReduceMax", ["probabilities"], ["digit_likeness"], keepdims=0))
    model.graph.node[-1].input.append("last_axis")
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([1]), "last_axis"))
    output = onnx.helper.make_tensor_value_info("digit_likeness", onnx.TensorProto.FLOAT, ["batch"])
    model.graph.output.append(output)
    network = onnx_model.load("mlp", "likely", model.SerializeToString(), {})
    found = rejection_scores.scores(network, TREE, IMAGES)
    np.testing.assert_allclose(found["mlp: digit_likeness"], found["mlp: highest probability"], atol=1e-6)


def test_everything_is_measured_for_every_kind() -> None:
    found = rejection_scores.measure(NETWORK, TREE, IMAGES, pictures=30)
    assert set(found["confidence"]) == {"digits", "letters", "scribbles", "noise", "printed digits"}
    sure = found["confidence"]["digits"]["mlp"]
    assert sure["at_least"][0] == 1
    assert sure["at_least"] == sorted(sure["at_least"], reverse=True)
    assert sure["sure"] == (NETWORK.probabilities(IMAGES).max(axis=1) >= 0.9).mean()
    for separated in found["auroc"].values():
        assert set(separated) == {"letters", "scribbles", "noise", "printed digits", "letters from printed digits"}
        assert separated["noise"] > 0.6
