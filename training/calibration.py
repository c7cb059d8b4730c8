"""Calibration of predicted probabilities on the validation images.

Calibration adds no nodes to the served graphs: a temperature is folded into the MLP's last layer, smoothing into
the tree's leaves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.dataset import Labels
from training.metrics import ece

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

MIN_PROBABILITY = 1e-12  # lower bound before a logarithm

type Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Calibration:
    """The fitted parameter, and the expected calibration error on the validation images before and after."""

    method: str
    amount: float
    ece_before: float
    ece_after: float


def fit_temperature(logits: Floats, labels: Labels) -> Calibration:
    """Find the divisor of the logits (n, 10) that minimizes the log loss.

    C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017.
    """
    from scipy.special import softmax  # takes half a second

    best = _minimize(lambda t: _log_loss(softmax(logits / t, axis=1), labels), 0.25, 4.0)
    before, after = (ece(labels, softmax(logits / t, axis=1)) for t in (1.0, best))
    return Calibration("temperature", best, before, after)


def smooth_leaves(tree: "DecisionTreeClassifier", pixels: Floats, labels: Labels) -> Calibration:
    """Add m images of every class to every leaf, in place, with the m that minimizes the log loss.

    Predictions do not change: each leaf keeps its most frequent class.
    F. Provost, P. Domingos, "Tree induction for probability-based ranking", Machine Learning 52, 2003.
    """
    samples, fractions = tree.tree_.n_node_samples[:, None], tree.tree_.value[:, 0].copy()
    leaves = tree.apply(pixels)

    def smoothed(m: float) -> Floats:
        counts: Floats = samples * fractions + m
        return counts / counts.sum(axis=1, keepdims=True)

    best = _minimize(lambda m: _log_loss(smoothed(m)[leaves], labels), 0.01, 100.0)
    before, after = ece(labels, fractions[leaves]), ece(labels, smoothed(best)[leaves])
    add_to_leaves(tree, best)
    return Calibration("smoothing", best, before, after)


def add_to_leaves(tree: "DecisionTreeClassifier", m: float) -> None:
    """Add m images of every class to every leaf, in place."""
    counts = tree.tree_.n_node_samples[:, None] * tree.tree_.value[:, 0] + m
    tree.tree_.value[:, 0] = counts / counts.sum(axis=1, keepdims=True)


def _log_loss(probabilities: Floats, labels: Labels) -> float:
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], MIN_PROBABILITY)).mean())


def _minimize(loss: Callable[[float], float], low: float, high: float) -> float:
    """Return the minimum between the bounds, searched on a logarithmic scale."""
    from scipy.optimize import minimize_scalar  # takes half a second

    result = minimize_scalar(lambda power: loss(float(np.exp(power))), bounds=(np.log(low), np.log(high)))
    return float(np.exp(result.x))
