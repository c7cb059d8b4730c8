import numpy as np
import pytest

from training.evaluate import metrics


def test_figures_of_a_small_case_by_hand() -> None:
    labels = np.array([0, 0, 0, 1])
    probabilities = np.eye(10)[[0, 0, 1, 1]]
    found = metrics(labels, probabilities)
    assert found["images"] == 4
    assert found["accuracy"] == 0.75
    assert found["recall"] == 0.75
    assert found["precision"] == pytest.approx((3 * 1 + 1 * 0.5) / 4)
    assert found["f1"] == pytest.approx((3 * 0.8 + 1 * 2 / 3) / 4)
    assert found["confusion_matrix"][0][:2] == [2, 1]
    assert found["confusion_matrix"][1][:2] == [0, 1]
    assert np.sum(found["confusion_matrix"]) == 4
