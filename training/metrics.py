"""Labels and probabilities come in; the figures that tell how good a model is go out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from training.dataset import CLASSES, Labels

BINS = 15  # of the reliability diagram, equally wide
DECIMALS = 5  # float32 sums differ beyond, from one processor to another

type Probabilities = NDArray[np.floating[Any]]  # (n, 10)


def metrics(labels: Labels, probabilities: Probabilities) -> dict[str, Any]:
    """Measure one model: what the manifest, `/api/models`, the report and the README say of it.

    Shares are 0..1: precision, recall and F1 weighted by class size, `macro` with each class alike, `classes` one by
    one. `ece` is the expected calibration error; rows of the confusion matrix are true classes.
    """
    answers = probabilities.argmax(axis=1)

    def score(average: str | None) -> list[Any]:
        names = range(CLASSES) if average is None else sorted(set(labels.tolist()) | set(answers.tolist()))
        return list(precision_recall_fscore_support(labels, answers, labels=names, average=average, zero_division=0))

    names = ("precision", "recall", "f1", "support")
    weighted, macro, single = score("weighted")[:3], score("macro")[:3], score(None)
    return {
        "images": len(labels),
        "accuracy": round(float((answers == labels).mean()), DECIMALS),
        **{name: round(float(value), DECIMALS) for name, value in zip(names, weighted, strict=False)},
        "ece": round(ece(labels, probabilities), DECIMALS),
        "macro": {name: round(float(value), DECIMALS) for name, value in zip(names, macro, strict=False)},
        "classes": {name: np.round(values, DECIMALS).tolist() for name, values in zip(names, single, strict=True)},
        "confusion_matrix": confusion_matrix(labels, answers, labels=range(CLASSES)).tolist(),
    }


def reliability(labels: Labels, probabilities: Probabilities) -> list[dict[str, float]]:
    """Sort the answers into bins by their probability; of each bin that has any: images, mean probability, accuracy."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    return [
        {
            "images": int((bins == number).sum()),
            "confidence": float(confidence[bins == number].mean()),
            "accuracy": float(right[bins == number].mean()),
        }
        for number in np.unique(bins)
    ]


def ece(labels: Labels, probabilities: Probabilities) -> float:
    """Expected calibration error: the mean distance between an answer's probability and how often it is right.

    C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017.
    """
    bins = reliability(labels, probabilities)
    return sum(b["images"] * abs(b["accuracy"] - b["confidence"]) for b in bins) / len(labels)
