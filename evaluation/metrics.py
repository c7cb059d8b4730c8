"""ROC curves, confidence intervals and McNemar's test."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.schema import McNemar, Roc, RocCurve
from training.dataset import CLASSES, Labels
from training.metrics import Probabilities

CURVE_POINTS = 60  # of a ROC curve; more are not visible in the figures


def roc(labels: Labels, probabilities: Probabilities) -> Roc:
    """Return one-vs-rest curves: one for each class, one of all decisions pooled (micro), and the mean area (macro)."""
    is_class = np.eye(CLASSES, dtype=bool)[labels]
    curves = {str(digit): _curve(is_class[:, digit], probabilities[:, digit]) for digit in range(CLASSES)}
    macro = float(np.mean([curve["auc"] for curve in curves.values()]))
    return {"macro": macro, "curves": curves | {"micro": _curve(is_class.ravel(), probabilities.ravel())}}


def _curve(positive: NDArray[np.bool_], scores: NDArray[np.floating[Any]]) -> RocCurve:
    from sklearn.metrics import auc, roc_curve  # takes seconds

    fpr, tpr, _ = roc_curve(positive, scores)
    indices = np.unique(np.linspace(0, len(fpr) - 1, CURVE_POINTS).round().astype(int))
    return {"auc": float(auc(fpr, tpr)), "fpr": fpr[indices].tolist(), "tpr": tpr[indices].tolist()}


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> McNemar:
    """Compare two models by which images (n,) each classifies correctly: the exact, two-sided test.

    Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12, 1947.
    """
    from scipy.stats import binomtest  # takes seconds

    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    different = only_first + only_second
    return {
        "both_right": int((first & second).sum()),
        "only_first_right": only_first,
        "only_second_right": only_second,
        "both_wrong": int((~first & ~second).sum()),
        "p_value": float(binomtest(only_first, different).pvalue) if different else 1.0,
    }


def confidence_interval(accuracy: float, images: int) -> list[float]:
    """Return the 95 % confidence interval of an accuracy (E. B. Wilson, JASA 22, 1927)."""
    from scipy.stats import binomtest

    interval = binomtest(round(accuracy * images), images).proportion_ci(0.95, method="wilson")
    return [float(interval.low), float(interval.high)]
