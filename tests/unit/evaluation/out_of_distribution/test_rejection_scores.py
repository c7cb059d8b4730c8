from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digits.registry import BUNDLE
from evaluation import onnx_model
from evaluation.out_of_distribution import rejection_scores
from training.dataset import load_test

IMAGES = load_test().images[:100]
MLP, TREE = onnx_model.served(Path(BUNDLE), Path("nowhere"))


@pytest.mark.slow
def test_auroc_is_probability_that_digit_scores_higher() -> None:
    assert rejection_scores.auroc(np.array([3.0, 4.0]), np.array([1.0, 2.0])) == 1
    assert rejection_scores.auroc(np.array([1.0, 2.0]), np.array([3.0, 4.0])) == 0
    assert rejection_scores.auroc(np.array([1.0, 3.0]), np.array([2.0])) == 0.5


def test_scores_are_higher_for_digits_than_for_noise() -> None:
    noise = np.random.default_rng(0).integers(0, 256, IMAGES.shape).astype(np.uint8)
    digits, others = (rejection_scores.scores(MLP, TREE, pictures) for pictures in (IMAGES, noise))
    assert {name.split(":")[0] for name in digits} == {"mlp", "tree", "both"}
    for name, values in digits.items():
        assert values.shape == (len(IMAGES),)
        assert values.mean() > others[name].mean(), name


def test_agreement_of_equal_predictions_is_one() -> None:
    result = rejection_scores.scores(MLP, replace(MLP, kind="tree"), IMAGES[:5])
    assert result["both: agreement"] == pytest.approx(1, abs=1e-5)


@pytest.mark.slow  # scikit-learn takes two seconds to import
def test_measure_covers_every_kind_of_image() -> None:
    measured = rejection_scores.measure(MLP, TREE, IMAGES, 10)
    assert set(measured["confidence"]) == {"digits", "letters", "scribbles", "noise", "printed digits"}
    confidence = measured["confidence"]["digits"]["mlp"]
    assert confidence["at_least"][0] == 1
    assert confidence["at_least"] == sorted(confidence["at_least"], reverse=True)
    assert confidence["confident"] == (MLP.probabilities(IMAGES).max(axis=1) >= 0.9).mean()
    for separation in measured["auroc"].values():
        assert set(separation) == {"letters", "scribbles", "noise", "printed digits", "letters vs printed digits"}
        assert separation["noise"] > 0.6
