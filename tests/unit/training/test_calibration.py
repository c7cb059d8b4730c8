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


def test_smoothing_undoes_the_certainty_of_small_leaves_and_changes_no_answer() -> None:
    tree = DecisionTreeClassifier(min_samples_leaf=3, random_state=0).fit(*noisy(2_000))
    pixels, labels = noisy(2_000)
    before = tree.predict_proba(pixels)
    found = calibration.smooth(tree, pixels, labels)
    after = tree.predict_proba(pixels)
    assert (found.method, found.ece_before > 0.1, found.ece_after < 0.6 * found.ece_before) == ("smoothing", True, True)
    assert before.min() == 0 < after.min()
    np.testing.assert_allclose(after.sum(axis=1), 1)
    np.testing.assert_array_equal(after.argmax(axis=1), before.argmax(axis=1))


def test_as_many_images_of_each_class_are_added_to_a_leaf_as_it_says() -> None:
    pixels = np.array([[0], [1], [2], [3]], np.float32)
    tree = DecisionTreeClassifier(random_state=0).fit(pixels, [0, 1, 1, 1])
    m = calibration.smooth(tree, pixels, np.array([0, 1, 1, 0])).amount
    assert 0.1 < m < 10
    np.testing.assert_allclose(
        tree.predict_proba(pixels[[0, 3]]),
        [[(1 + m) / (1 + 2 * m), m / (1 + 2 * m)], [m / (3 + 2 * m), (3 + m) / (3 + 2 * m)]],
    )
