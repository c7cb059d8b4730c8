"""Both models' probabilities for the test images come in; what each answered goes out, in a file that a page can fetch.

`answers.json` is the only record of single images: whatever the report shows of them is made of it and of the sprites.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.dataset import CLASSES, Labels
from training.metrics import Probabilities

ANSWERS = "answers.json"
WHOLE = 10_000  # stands for a probability of 1: four decimals, and no points to carry
HARDEST = 30  # shown to everyone
MISTAKES = 24  # of each model, the surest first

type Answers = dict[str, Any]
type Indices = NDArray[np.intp]  # in the test set


def record(labels: Labels, probabilities: Probabilities) -> dict[str, Any]:
    """One model's answers, a character each, how sure it was of each, and where it erred what the truth was given."""
    answers = probabilities.argmax(axis=1)
    (missed,) = np.nonzero(answers != labels)
    return {
        "answers": text(answers),
        "sure": _whole(probabilities.max(axis=1)),
        "truth": dict(zip(map(str, missed.tolist()), _whole(probabilities[missed, labels[missed]]), strict=True)),
    }


def text(digits: NDArray[Any]) -> str:
    return "".join(map(str, digits.tolist()))


def digits(written: str) -> NDArray[np.intp]:
    return np.array(list(written), dtype=np.intp)


def labels(answers: Answers) -> NDArray[np.intp]:
    return digits(answers["labels"])


def sure(answers: Answers, kind: str) -> NDArray[np.float64]:
    """The probability of each answer of a model, (n,)."""
    return np.array(answers["models"][kind]["sure"]) / WHOLE


def wrong(answers: Answers, kind: str) -> NDArray[np.bool_]:
    """Whether a model erred, (n,)."""
    return np.not_equal(digits(answers["models"][kind]["answers"]), labels(answers))


def truth(answers: Answers, kind: str) -> NDArray[np.float64]:
    """The probability that a model gave each image's true digit, (n,)."""
    found = sure(answers, kind)
    for index, share in answers["models"][kind]["truth"].items():
        found[int(index)] = share / WHOLE
    return found


def hardest(answers: Answers) -> Indices:
    """The images whose true digit got the least, in the mean of both models; the hardest first."""
    ease = np.mean([truth(answers, kind) for kind in answers["models"]], axis=0)
    return ease.argsort(kind="stable")[:HARDEST]


def surest_mistakes(answers: Answers, kind: str) -> Indices:
    """A model's wrong answers with the highest probability; the surest first."""
    (missed,) = np.nonzero(wrong(answers, kind))
    return missed[(-sure(answers, kind)[missed]).argsort(kind="stable")][:MISTAKES]


def confusion(answers: Answers, kind: str) -> list[list[int]]:
    """How often each digit (row) got each answer (column)."""
    counts = np.zeros((CLASSES, CLASSES), dtype=int)
    np.add.at(counts, (labels(answers), digits(answers["models"][kind]["answers"])), 1)
    matrix: list[list[int]] = counts.tolist()
    return matrix


def _whole(shares: Probabilities) -> list[int]:
    whole: list[int] = (shares.astype(np.float64) * WHOLE).round().astype(int).tolist()
    return whole
