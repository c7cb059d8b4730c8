"""ROC curves, and comparison of two models: McNemar's test and confidence intervals."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import auc, roc_curve

from training.dataset import CLASSES, Labels
from training.metrics import Probabilities

CURVE_POINTS = 60  # of a ROC curve: more cannot be seen

type Floats = NDArray[np.floating[Any]]


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
