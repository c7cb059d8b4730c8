import numpy as np

from evaluation import predictions
from evaluation.predictions import Predictions

LABELS = np.array([7, 2, 2, 4, 9], dtype=np.int64)


def probabilities(*rows: tuple[int, float, int, float]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return probabilities (n, 10): each row is a digit and its probability, another digit and its probability."""
    result = np.zeros((len(rows), 10), dtype=np.float32)
    for row, (digit, probability, other, rest) in zip(result, rows, strict=True):
        row[digit], row[other] = probability, rest
    return result


MLP = probabilities((7, 0.9, 1, 0.1), (2, 0.6, 3, 0.4), (3, 0.99996, 2, 0.00004), (4, 0.35, 9, 0.3), (4, 0.8, 9, 0.1))
TREE = probabilities((7, 1, 1, 0), (3, 0.7, 2, 0.3), (2, 0.8, 3, 0.2), (4, 0.5, 9, 0.5), (4, 0.95, 9, 0.05))
PREDICTIONS: Predictions = {
    "columns": 32,
    "labels": predictions.text(LABELS),
    "models": {"mlp": predictions.record("a", LABELS, MLP), "tree": predictions.record("b", LABELS, TREE)},
}


def test_record_lists_predictions_and_probabilities() -> None:
    assert PREDICTIONS["labels"] == "72249"
    assert PREDICTIONS["models"]["mlp"] == {
        "sha256": "a",
        "predictions": "72344",
        "confidence": [9000, 6000, 10000, 3500, 8000],
        "true_class_probability": {"2": 0, "4": 1000},
    }
    assert PREDICTIONS["models"]["tree"]["true_class_probability"] == {"1": 3000, "4": 500}


def test_true_class_probability_covers_wrong_predictions() -> None:
    assert predictions.true_class_probability(PREDICTIONS, "mlp").tolist() == [0.9, 0.6, 0, 0.35, 0.1]
    assert predictions.true_class_probability(PREDICTIONS, "tree").tolist() == [1, 0.3, 0.8, 0.5, 0.05]
    assert predictions.wrong(PREDICTIONS, "tree").tolist() == [False, True, False, False, True]


def test_hardest_sorts_by_mean_true_class_probability() -> None:
    assert predictions.hardest(PREDICTIONS).tolist() == [4, 2, 3, 1, 0]  # .075, .4, .425, .45, .95


def test_confident_mistakes_exclude_correct_predictions() -> None:
    assert predictions.confident_mistakes(PREDICTIONS, "mlp").tolist() == [2, 4]
    assert predictions.confident_mistakes(PREDICTIONS, "tree").tolist() == [4, 1]
    assert predictions.highlighted(PREDICTIONS).tolist() == [0, 1, 2, 3, 4]


def test_confusion_matrix_counts_label_by_prediction() -> None:
    counts = np.array(predictions.confusion_matrix(PREDICTIONS, "mlp"))
    assert counts.sum() == 5
    assert (counts[7, 7], counts[2, 2], counts[2, 3], counts[4, 4], counts[9, 4]) == (1, 1, 1, 1, 1)


def test_sprite_position_fills_rows() -> None:
    assert predictions.sprite_position(34) == (2 * 28, 28)
    assert predictions.sprite_size(33) == (32 * 28, 2 * 28)
