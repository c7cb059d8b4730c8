import numpy as np
import pytest

from training.metrics import ece, metrics, reliability


def predictions(*digits: int, probability: float = 1.0) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return probabilities (n, 10): the given one for each digit, the rest for the next digit."""
    return probability * np.eye(10)[list(digits)] + (1 - probability) * np.eye(10)[[(d + 1) % 10 for d in digits]]


@pytest.mark.slow  # scikit-learn takes two seconds to import
def test_metrics_of_a_small_case_equal_hand_calculation() -> None:
    result = metrics(np.array([0, 0, 0, 1]), predictions(0, 0, 1, 1))
    assert result["images"] == 4
    assert result["accuracy"] == 0.75
    assert result["recall"] == 0.75
    assert result["precision"] == pytest.approx((3 * 1 + 1 * 0.5) / 4, abs=1e-5)
    assert result["f1"] == pytest.approx((3 * 0.8 + 1 * 2 / 3) / 4, abs=1e-5)
    assert result["macro"] == pytest.approx({"precision": 0.75, "recall": (2 / 3 + 1) / 2, "f1": 11 / 15}, abs=1e-5)
    assert result["classes"]["precision"][:3] == [1, 0.5, 0]
    assert result["classes"]["recall"][:3] == [0.66667, 1, 0]
    assert result["classes"]["support"] == [3, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert result["ece"] == 0.25  # confidence 1, accuracy 0.75
    assert result["confusion_matrix"][0][:2] == [2, 1]
    assert result["confusion_matrix"][1][:2] == [0, 1]
    assert np.sum(result["confusion_matrix"]) == 4


def test_ece_is_the_difference_of_confidence_and_accuracy() -> None:
    labels = np.array([0] * 8 + [1] * 2)
    assert ece(labels, predictions(*[0] * 10, probability=0.8)) == pytest.approx(0)  # confidence 0.8, 8 of 10 correct
    assert ece(labels, predictions(*[0] * 10, probability=0.9)) == pytest.approx(0.1)
    half_and_half = np.concatenate([predictions(*[0] * 5, probability=0.55), predictions(*[0] * 5, probability=0.95)])
    assert ece(np.zeros(10, int), half_and_half) == pytest.approx((0.45 + 0.05) / 2)


def test_reliability_bins_hold_every_prediction_once() -> None:
    probabilities = np.concatenate([predictions(3, probability=p) for p in (0.55, 0.6, 2 / 3, 0.7, 1.0)])
    bins = reliability(np.array([3, 3, 3, 3, 4]), probabilities)
    assert [each["images"] for each in bins] == [2, 1, 1, 1]  # a bin includes its upper edge: .6 and 2/3 are edges
    assert bins[-1] == {"images": 1, "confidence": 1.0, "accuracy": 0.0}
