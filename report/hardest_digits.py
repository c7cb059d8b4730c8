"""Cards of single test images: the hardest ones, and each model's most confident mistakes.

report.js makes the same cards for the images of a confusion matrix's cell.
"""

from dataclasses import dataclass

import numpy as np

from evaluation.predictions import (
    SCALE,
    Indices,
    Predictions,
    confident_mistakes,
    hardest,
    highlighted,
    sprite_position,
    wrong,
)
from evaluation.schema import KINDS, Kind
from report.formatting import MODEL_NAME, capitalized, format_confidence
from report.tables import SHORT


@dataclass(frozen=True)
class Prediction:
    """One model's prediction for an image; `true_class`, only of a wrong one, is the probability of the true class."""

    model: str
    digit: str
    confidence: str
    true_class: str | None


@dataclass(frozen=True)
class Card:
    label: str
    index: int
    left: int  # of the image in the sprite, in pixels
    top: int
    predictions: list[Prediction]


@dataclass(frozen=True)
class HardestDigits:
    cards: list[Card]
    images: int
    both_wrong: int
    mistakes: dict[str, list[Card]]  # by the heading
    sprite_images: int


def hardest_digits(predictions: Predictions) -> HardestDigits:
    """Return every card that the report shows."""
    hard = hardest(predictions)
    return HardestDigits(
        cards=_cards(predictions, hard),
        images=len(predictions["labels"]),
        both_wrong=int(np.all([wrong(predictions, kind)[hard] for kind in KINDS], axis=0).sum()),
        mistakes={
            f"{capitalized(name)}: most confident mistakes": _cards(predictions, confident_mistakes(predictions, kind))
            for kind, name in MODEL_NAME.items()
        },
        sprite_images=len(highlighted(predictions)),
    )


def _cards(predictions: Predictions, indices: Indices) -> list[Card]:
    ranks = {index: rank for rank, index in enumerate(highlighted(predictions).tolist())}
    return [
        Card(
            predictions["labels"][index],
            index,
            *sprite_position(ranks[index]),
            [_prediction(predictions, kind, index) for kind in KINDS],
        )
        for index in indices.tolist()
    ]


def _prediction(predictions: Predictions, kind: Kind, index: int) -> Prediction:
    record = predictions["models"][kind]
    true_class = record["true_class_probability"].get(str(index))
    return Prediction(
        model=SHORT[kind],
        digit=record["predictions"][index],
        confidence=format_confidence(record["confidence"][index] / SCALE),
        true_class=None if true_class is None else format_confidence(true_class / SCALE),
    )
