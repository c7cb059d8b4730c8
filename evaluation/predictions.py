"""Predictions of both served models for every test image: the types of predictions.json and functions on it."""

from functools import cache
from typing import Annotated, Any, TypedDict

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter

from digits.preprocess import SIZE
from evaluation.schema import CLASSES, KINDS, Evaluation, Kind, PerModel, Sha256

FILE = "predictions.json"
SCALE = 10_000  # stands for a probability of 1: integers are shorter than decimals
HARDEST = 30  # images
MISTAKES = 24  # of each model
COLUMNS = 32  # images side by side in each sprite
SPRITE_SIDE = SIZE  # pixels of each image
HARDEST_SPRITE = "hardest.webp"

type Digits = Annotated[str, Field(pattern="^[0-9]*$")]
type Indices = NDArray[np.intp]  # in the test set


class PredictionRecord(TypedDict):
    """Predictions of one model, in the order of the test set; probabilities in units of 1 / SCALE."""

    sha256: Sha256
    predictions: Digits
    confidence: list[int]
    true_class_probability: dict[Digits, int]  # of the misclassified images, by index


class Predictions(TypedDict):
    """Content of predictions.json."""

    columns: int
    labels: Digits
    models: PerModel[PredictionRecord]


@cache
def adapter() -> TypeAdapter[Predictions]:
    return TypeAdapter(Predictions)


def record(sha256: str, labels: NDArray[np.int64], probabilities: NDArray[np.floating[Any]]) -> PredictionRecord:
    """Describe one model's predictions from its probabilities (n, 10) for images with these labels (n,)."""
    predicted = probabilities.argmax(axis=1)
    (missed,) = np.nonzero(predicted != labels)
    true_class = _scaled(probabilities[missed, labels[missed]])
    return {
        "sha256": sha256,
        "predictions": text(predicted),
        "confidence": _scaled(probabilities.max(axis=1)),
        "true_class_probability": dict(zip(map(str, missed.tolist()), true_class, strict=True)),
    }


def text(digits: NDArray[Any]) -> str:
    """Write digits (n,) as a string of n characters."""
    return "".join(map(str, digits.tolist()))


def digits(text: str) -> NDArray[np.intp]:
    """Return the digits (n,) of a string."""
    return np.frombuffer(text.encode("ascii"), np.uint8).astype(np.intp) - ord("0")


def labels(predictions: Predictions) -> NDArray[np.intp]:
    return digits(predictions["labels"])


def confidence(predictions: Predictions, kind: Kind) -> NDArray[np.float64]:
    """Return the probability (n,), 0..1, of each of a model's predictions."""
    return np.array(predictions["models"][kind]["confidence"]) / SCALE


def wrong(predictions: Predictions, kind: Kind) -> NDArray[np.bool_]:
    """Return which images (n,) a model misclassified."""
    return np.not_equal(digits(predictions["models"][kind]["predictions"]), labels(predictions))


def true_class_probability(predictions: Predictions, kind: Kind) -> NDArray[np.float64]:
    """Return a model's probability (n,), 0..1, of each image's true class."""
    probabilities = confidence(predictions, kind)
    for index, probability in predictions["models"][kind]["true_class_probability"].items():
        probabilities[int(index)] = probability / SCALE
    return probabilities


def hardest(predictions: Predictions) -> Indices:
    """Return the images with the lowest true-class probability, averaged over both models; the lowest first."""
    mean = np.mean([true_class_probability(predictions, kind) for kind in KINDS], axis=0)
    return mean.argsort(kind="stable")[:HARDEST]


def confident_mistakes(predictions: Predictions, kind: Kind) -> Indices:
    """Return a model's wrong predictions of the highest confidence; the highest first."""
    (missed,) = np.nonzero(wrong(predictions, kind))
    return missed[(-confidence(predictions, kind)[missed]).argsort(kind="stable")][:MISTAKES]


def highlighted(predictions: Predictions) -> Indices:
    """Return every image that the report shows, in the order of HARDEST_SPRITE."""
    lists = [hardest(predictions), *(confident_mistakes(predictions, kind) for kind in KINDS)]
    return np.unique(np.concatenate(lists))


def confusion_matrix(predictions: Predictions, kind: Kind) -> list[list[int]]:
    """Count images by label (row) and prediction (column)."""
    counts = np.zeros((CLASSES, CLASSES), dtype=int)
    np.add.at(counts, (labels(predictions), digits(predictions["models"][kind]["predictions"])), 1)
    matrix: list[list[int]] = counts.tolist()
    return matrix


def match(predictions: Predictions, evaluation: Evaluation) -> bool:
    """Return whether these are the predictions that an evaluation counts."""
    for kind, model in evaluation["models"].items():
        record = predictions["models"][kind]
        lengths = {len(predictions["labels"]), len(record["predictions"]), len(record["confidence"])}
        if (
            record["sha256"] != model["sha256"]
            or lengths != {evaluation["images"]}
            or set(record["true_class_probability"]) != set(map(str, np.flatnonzero(wrong(predictions, kind)).tolist()))
            or confusion_matrix(predictions, kind) != model["metrics"]["confusion_matrix"]
        ):
            return False
    return True


def sprite_names() -> list[str]:
    """Name every sprite."""
    return [HARDEST_SPRITE, *map(sprite_name, range(CLASSES))]


def sprite_name(digit: int) -> str:
    """Name the sprite of all test images of a digit."""
    return f"digits-{digit}.webp"


def sprite_size(images: int) -> tuple[int, int]:
    """Return width and height of a sprite, in pixels."""
    return COLUMNS * SPRITE_SIDE, -(-images // COLUMNS) * SPRITE_SIDE


def sprite_position(rank: int) -> tuple[int, int]:
    """Return left and top of an image in its sprite, in pixels."""
    return rank % COLUMNS * SPRITE_SIDE, rank // COLUMNS * SPRITE_SIDE


def _scaled(probabilities: NDArray[np.floating[Any]]) -> list[int]:
    integers: list[int] = (probabilities.astype(np.float64) * SCALE).round().astype(int).tolist()
    return integers
