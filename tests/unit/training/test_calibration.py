import numpy as np
import pytest
from numpy.typing import NDArray

from training import calibration

RNG = np.random.default_rng(1)
CLASSES = 10


def calibrated_logits(n: int = 5_000) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Logits (n, 10), and labels sampled with exactly their probabilities."""
    from scipy.special import softmax

    logits = RNG.normal(0, 3, (n, CLASSES))
    return logits, (softmax(logits, axis=1).cumsum(axis=1) > RNG.random((n, 1))).argmax(axis=1)


@pytest.mark.parametrize("overconfidence", [0.6, 1.0, 2.0])
def test_temperature_equals_overconfidence(overconfidence: float) -> None:
    logits, labels = calibrated_logits()
    result = calibration.fit_temperature(logits * overconfidence, labels)
    assert result.amount == pytest.approx(overconfidence, rel=0.05)
    assert result.ece_after < 0.02
    if overconfidence != 1:
        assert result.ece_after < 0.5 * result.ece_before


def noisy_classes(n: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Two features, and a class that they predict in three of four cases."""
    pixels = RNG.random((n, 2)).astype(np.float32)
    labels = (pixels.sum(axis=1) > 1).astype(np.int64)
    return pixels, np.where(RNG.random(n) < 0.25, 1 - labels, labels)


@pytest.mark.slow
def test_smoothing_lowers_calibration_error_and_keeps_predictions() -> None:
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(min_samples_leaf=3, random_state=0).fit(*noisy_classes(2_000))
    pixels, labels = noisy_classes(2_000)
    before = tree.predict_proba(pixels)
    result = calibration.smooth_leaves(tree, pixels, labels)
    after = tree.predict_proba(pixels)
    assert result.method == "smoothing"
    assert result.ece_before > 0.1
    assert result.ece_after < 0.6 * result.ece_before
    assert before.min() == 0 < after.min()
    np.testing.assert_allclose(after.sum(axis=1), 1)
    np.testing.assert_array_equal(after.argmax(axis=1), before.argmax(axis=1))


@pytest.mark.slow  # scikit-learn takes two seconds to import
def test_smoothing_adds_amount_to_each_class_of_a_leaf() -> None:
    from sklearn.tree import DecisionTreeClassifier

    pixels = np.array([[0], [1], [2], [3]], np.float32)
    tree = DecisionTreeClassifier(random_state=0).fit(pixels, [0, 1, 1, 1])
    m = calibration.smooth_leaves(tree, pixels, np.array([0, 1, 1, 0])).amount
    assert 0.1 < m < 10
    np.testing.assert_allclose(
        tree.predict_proba(pixels[[0, 3]]),
        [[(1 + m) / (1 + 2 * m), m / (1 + 2 * m)], [m / (3 + 2 * m), (3 + m) / (3 + 2 * m)]],
    )
