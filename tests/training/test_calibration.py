import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from training import calibration
from training.calibration import softmax

RNG = np.random.default_rng(1)
CLASSES = 10


def labelled(n: int = 5_000) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Logits (n, 10), and labels drawn with just their probabilities."""
    logits = RNG.normal(0, 3, (n, CLASSES))
    return logits, (softmax(logits).cumsum(axis=1) > RNG.random((n, 1))).argmax(axis=1)


@pytest.mark.parametrize("overconfidence", [0.6, 1.0, 2.0])
def test_the_temperature_undoes_overconfidence(overconfidence: float) -> None:
    logits, labels = labelled()
    found = calibration.temperature(logits * overconfidence, labels)
    assert found.amount == pytest.approx(overconfidence, rel=0.05)
    assert found.ece_after < 0.02
    if overconfidence != 1:
        assert found.ece_after < 0.5 * found.ece_before


def noisy(n: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Two features and a class that they tell three times in four."""
    pixels = RNG.random((n, 2)).astype(np.float32)
    labels = (pixels.sum(axis=1) > 1).astype(np.int64)
    return pixels, np.where(RNG.random(n) < 0.25, 1 - labels, labels)


def test_smoothing_undoes_the_certainty_of_small_leaves_and_nothing_else() -> None:
    tree = DecisionTreeClassifier(random_state=0).fit(*noisy(2_000))
    thresholds = tree.tree_.threshold.copy()
    pixels, labels = noisy(2_000)
    assert set(tree.predict_proba(pixels).ravel()) == {0.0, 1.0}
    found = calibration.smooth(tree, pixels, labels)
    assert found.ece_before > 0.2
    assert found.ece_after < 0.06
    probabilities = tree.predict_proba(pixels)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert 0 < probabilities.min() < probabilities.max() < 1
    np.testing.assert_array_equal(tree.tree_.threshold, thresholds)


def test_each_node_is_drawn_towards_its_parent_as_it_has_become() -> None:
    pixels = np.array([[0], [1], [2], [3]], np.float32)
    tree = DecisionTreeClassifier(random_state=0).fit(pixels, [0, 1, 1, 1])
    shares = tree.tree_.value[:, 0].copy()
    np.testing.assert_allclose(shares[0], [0.25, 0.75])
    smoothed = calibration._smoothed(tree, shares, 1.0)
    left, right = tree.tree_.children_left[0], tree.tree_.children_right[0]
    np.testing.assert_allclose(smoothed[left], [(1 + 0.25) / 2, 0.75 / 2])
    np.testing.assert_allclose(smoothed[right], [0.25 / 4, (3 + 0.75) / 4])
