import numpy as np

from evaluation import predictions
from evaluation.predictions import Predictions
from evaluation.schema import KINDS
from report import results
from report.command import FOLDER
from report.hardest_digits import Card, Prediction, hardest_digits
from tests.unit.evaluation.samples.test_sprites import read

RESULTS = results.read(FOLDER)
assert RESULTS.predictions is not None
PREDICTIONS = RESULTS.predictions
EVERY_CARD = hardest_digits(PREDICTIONS)


def test_cards_are_the_hardest_digits_and_confident_mistakes() -> None:
    assert [card.index for card in EVERY_CARD.cards] == predictions.hardest(PREDICTIONS).tolist()
    mistakes = [predictions.confident_mistakes(PREDICTIONS, kind).tolist() for kind in KINDS]
    assert [[card.index for card in cards] for cards in EVERY_CARD.mistakes.values()] == mistakes
    assert (len(EVERY_CARD.cards), *map(len, EVERY_CARD.mistakes.values())) == (30, 24, 24)


def test_cards_point_at_their_image_in_the_sprite() -> None:
    images = read(FOLDER / predictions.HARDEST_SPRITE)
    labels = predictions.labels(PREDICTIONS)
    for card in EVERY_CARD.cards[::9]:
        rank = (labels[: card.index] == labels[card.index]).sum()
        expected = read(FOLDER / predictions.sprite_name(labels[card.index]))[rank]
        np.testing.assert_array_equal(images[card.top // 28 * predictions.COLUMNS + card.left // 28], expected)


def test_wrong_predictions_show_probability_of_true_class() -> None:
    made_up: Predictions = {
        "columns": 32,
        "labels": "47",
        "models": {
            "mlp": {
                "sha256": "a",
                "predictions": "97",
                "confidence": [9876, 10000],
                "true_class_probability": {"0": 3},
            },
            "tree": {"sha256": "b", "predictions": "47", "confidence": [5000, 9994], "true_class_probability": {}},
        },
    }
    shown = hardest_digits(made_up)
    mlp, tree = Prediction("MLP", "9", "98.8%", "<0.1%"), Prediction("Tree", "4", "50.0%", None)
    assert shown.cards[0] == Card("4", 0, 0, 0, [mlp, tree])
    assert [one.confidence for one in shown.cards[1].predictions] == [">99.9%", "99.9%"]
    assert shown.both_wrong == 0
