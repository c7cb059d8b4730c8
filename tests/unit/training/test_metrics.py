import numpy as np
import pytest

from training.metrics import ece, metrics, reliability


def answers(*digits: int, probability: float = 1.0) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Probabilities (n, 10): each digit with this one, the next digit with the rest."""
    return probability * np.eye(10)[list(digits)] + (1 - probability) * np.eye(10)[[(d + 1) % 10 for d in digits]]


def test_figures_of_a_small_case_by_hand() -> None:
    found = metrics(np.array([0, 0, 0, 1]), answers(0, 0, 1, 1))
    assert found["images"] == 4
    assert found["accuracy"] == 0.75
    assert found["recall"] == 0.75
    assert found["precision"] == pytest.approx((3 * 1 + 1 * 0.5) / 4, abs=1e-5)
    assert found["f1"] == pytest.approx((3 * 0.8 + 1 * 2 / 3) / 4, abs=1e-5)
    assert found["macro"] == pytest.approx({"precision": 0.75, "recall": (2 / 3 + 1) / 2, "f1": 11 / 15}, abs=1e-5)
    assert found["classes"]["precision"][:3] == [1, 0.5, 0]
    assert found["classes"]["recall"][:3] == [0.66667, 1, 0]
    assert found["classes"]["support"] == [3, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert found["ece"] == 0.25  # sure of four, right in three
    assert found["confusion_matrix"][0][:2] == [2, 1]
    assert found["confusion_matrix"][1][:2] == [0, 1]
    assert np.sum(found["confusion_matrix"]) == 4


def test_calibration_is_the_distance_between_said_and_done() -> None:
    labels = np.array([0] * 8 + [1] * 2)
    assert ece(labels, answers(*[0] * 10, probability=0.8)) == pytest.approx(0)  # says 80 %, is right in 8 of 10
    assert ece(labels, answers(*[0] * 10, probability=0.9)) == pytest.approx(0.1)
    half_and_half = np.concatenate([answers(*[0] * 5, probability=0.55), answers(*[0] * 5, probability=0.95)])
    assert ece(np.zeros(10, int), half_and_half) == pytest.approx((0.45 + 0.05) / 2)


def test_bins_hold_every_answer_once() -> None:
    probabilities = np.concatenate([answers(3, probability=p) for p in (0.55, 0.6, 2 / 3, 0.7, 1.0)])
    found = reliability(np.array([3, 3, 3, 3, 4]), probabilities)
    assert [one["images"] for one in found] == [2, 1, 1, 1]  # a bin ends with its upper edge: .6 and 2/3 are edges
    assert found[-1] == {"images": 1, "confidence": 1.0, "accuracy": 0.0}
