"""Labels and probabilities come in; the figures that tell how good a model is go out."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import auc, confusion_matrix, precision_recall_fscore_support, roc_curve

from training.dataset import CLASSES, Labels

BINS = 15  # of the reliability diagram, equally wide
DECIMALS = 5  # float32 sums differ beyond, from one processor to another
CURVE_POINTS = 60  # of a ROC curve: more cannot be seen

type Probabilities = NDArray[np.floating[Any]]  # (n, 10)
type Floats = NDArray[np.floating[Any]]


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


def roc(labels: Labels, probabilities: Probabilities) -> dict[str, Any]:
    """One class against the rest: the curve and the area of each, of all decisions pooled (micro), and their mean."""
    truth = np.eye(CLASSES, dtype=bool)[labels]
    curves = {str(digit): _curve(truth[:, digit], probabilities[:, digit]) for digit in range(CLASSES)}
    curves["micro"] = _curve(truth.ravel(), probabilities.ravel())
    macro = float(np.mean([curves[str(digit)]["auc"] for digit in range(CLASSES)]))
    return {"macro": macro, "curves": curves}


def _curve(truth: NDArray[np.bool_], scores: Floats) -> dict[str, Any]:
    wrong, found, _ = roc_curve(truth, scores)
    kept = np.unique(np.linspace(0, len(wrong) - 1, CURVE_POINTS).round().astype(int))
    return {"auc": float(auc(wrong, found)), "false": wrong[kept].tolist(), "true": found[kept].tolist()}


@dataclass(frozen=True)
class McNemar:
    """Two models on the same images. p: how likely a split as uneven is, were the two equally good."""

    both: int
    first: int  # only the first is right
    second: int
    neither: int
    p: float


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> McNemar:
    """Compare two models by where they are right, (n,) each: the exact, two-sided test.

    Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12, 1947.
    """
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    n, fewer = only_first + only_second, min(only_first, only_second)
    tail = sum(math.comb(n, k) for k in range(fewer + 1))
    p = min(1.0, 2 * tail / 2**n) if n else 1.0
    return McNemar(int((first & second).sum()), only_first, only_second, int((~first & ~second).sum()), p)


def interval(share: float, n: int) -> tuple[float, float]:
    """Where a share measured on n images lies with 95 % certainty (E. B. Wilson, JASA 22, 1927)."""
    z = 1.959964
    middle, width = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - width) / (1 + z * z / n), (middle + width) / (1 + z * z / n)
