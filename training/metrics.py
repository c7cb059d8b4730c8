"""Metrics of a classifier: accuracy, precision, recall, F1, calibration error, confusion matrix."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.dataset import CLASSES, Labels

BINS = 15  # of the reliability diagram, equally wide
DECIMALS = 5  # further digits of float32 sums differ between processors

type Probabilities = NDArray[np.floating[Any]]  # (n, 10)


def metrics(labels: Labels, probabilities: Probabilities) -> dict[str, Any]:
    """Compute the metrics that the manifest, `/api/models`, the report and the README publish.

    All are 0..1: precision, recall and F1 weighted by class size, `macro` unweighted, `classes` per class. `ece` is the
    expected calibration error; rows of the confusion matrix are true classes.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support  # takes seconds

    predictions = probabilities.argmax(axis=1)

    def score(average: str | None) -> list[Any]:
        classes = range(CLASSES) if average is None else np.union1d(labels, predictions)
        scores = precision_recall_fscore_support(labels, predictions, labels=classes, average=average, zero_division=0)
        return list(scores)

    names = ("precision", "recall", "f1", "support")
    weighted, macro, single = score("weighted")[:3], score("macro")[:3], score(None)
    return {
        "images": len(labels),
        "accuracy": round(float((predictions == labels).mean()), DECIMALS),
        **{name: round(float(value), DECIMALS) for name, value in zip(names, weighted, strict=False)},
        "ece": round(ece(labels, probabilities), DECIMALS),
        "macro": {name: round(float(value), DECIMALS) for name, value in zip(names, macro, strict=False)},
        "classes": {name: np.round(values, DECIMALS).tolist() for name, values in zip(names, single, strict=True)},
        "confusion_matrix": confusion_matrix(labels, predictions, labels=range(CLASSES)).tolist(),
    }


def reliability(labels: Labels, probabilities: Probabilities) -> list[dict[str, float]]:
    """Bin the predictions by confidence. Returns images, mean confidence and accuracy of each bin that is not empty."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    correct = probabilities.argmax(axis=1) == labels
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    return [
        {
            "images": int((bins == number).sum()),
            "confidence": float(confidence[bins == number].mean()),
            "accuracy": float(correct[bins == number].mean()),
        }
        for number in np.unique(bins)
    ]


def ece(labels: Labels, probabilities: Probabilities) -> float:
    """Return the expected calibration error: the mean difference between confidence and accuracy.

    C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017.
    """
    bins = reliability(labels, probabilities)
    return sum(b["images"] * abs(b["accuracy"] - b["confidence"]) for b in bins) / len(labels)
