import numpy as np

from evaluation import predictions

LABELS = np.array([7, 2, 2, 4, 9], dtype=np.int64)


def probabilities(*given: tuple[int, float, int, float]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Of each image the answer, how sure, another digit, and its probability."""
    found = np.zeros((len(given), 10), dtype=np.float32)
    for row, (answer, sure, other, rest) in zip(found, given, strict=True):
        row[answer], row[other] = sure, rest
    return found


NETWORK = probabilities(
    (7, 0.9, 1, 0.1), (2, 0.6, 3, 0.4), (3, 0.99996, 2, 0.00004), (4, 0.35, 9, 0.3), (4, 0.8, 9, 0.1)
)
TREE = probabilities((7, 1, 1, 0), (3, 0.7, 2, 0.3), (2, 0.8, 3, 0.2), (4, 0.5, 9, 0.5), (4, 0.95, 9, 0.05))
RECORDED = {
    "labels": predictions.text(LABELS),
    "models": {"mlp": predictions.record(LABELS, NETWORK), "tree": predictions.record(LABELS, TREE)},
}


def test_record_holds_what_each_image_was_taken_for() -> None:
    assert RECORDED["labels"] == "72249"
    assert RECORDED["models"] == {
        "mlp": {"answers": "72344", "sure": [9000, 6000, 10000, 3500, 8000], "truth": {"2": 0, "4": 1000}},
        "tree": {"answers": "73244", "sure": [10000, 7000, 8000, 5000, 9500], "truth": {"1": 3000, "4": 500}},
    }


def test_the_truth_has_its_probability_even_where_it_was_not_the_answer() -> None:
    assert predictions.truth(RECORDED, "mlp").tolist() == [0.9, 0.6, 0, 0.35, 0.1]
    assert predictions.truth(RECORDED, "tree").tolist() == [1, 0.3, 0.8, 0.5, 0.05]
    assert predictions.wrong(RECORDED, "tree").tolist() == [False, True, False, False, True]


def test_hardest_is_what_both_together_give_the_least() -> None:
    assert predictions.hardest(RECORDED).tolist() == [4, 2, 3, 1, 0]  # .075, .4, .425, .45, .95


def test_surest_mistakes_come_first_and_right_answers_never() -> None:
    assert predictions.surest_mistakes(RECORDED, "mlp").tolist() == [2, 4]
    assert predictions.surest_mistakes(RECORDED, "tree").tolist() == [4, 1]


def test_confusion_counts_truth_by_answer() -> None:
    counts = np.array(predictions.confusion(RECORDED, "mlp"))
    assert counts.sum() == 5
    assert (counts[7, 7], counts[2, 2], counts[2, 3], counts[4, 4], counts[9, 4]) == (1, 1, 1, 1, 1)
