"""A trained model and validation images come in; the same model with honest probabilities goes out.

Nothing is added to what is served: a temperature goes into a network's last layer, smoothing into a tree's leaves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.tree import DecisionTreeClassifier

from training.dataset import Labels
from training.metrics import ece

TINY = 1e-12  # a probability whose logarithm can be taken

type Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Calibration:
    """What was fitted, and the expected calibration error on the validation images before and after."""

    method: str
    amount: float
    ece_before: float
    ece_after: float


def temperature(logits: Floats, labels: Labels) -> Calibration:
    """Find by what to divide the logits (n, 10), so that the loss on the labels is least.

    C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017.
    """
    best = _least(lambda t: _loss(softmax(logits / t), labels), 0.25, 4.0)
    before, after = (ece(labels, softmax(logits / t)) for t in (1.0, best))
    return Calibration("temperature", best, before, after)


def smooth(tree: DecisionTreeClassifier, pixels: Floats, labels: Labels) -> Calibration:
    """Draw the shares of each node towards those of its parent, as if m more images had come from there, from the root
    down; m is what makes the loss on the labels least. Changes the tree's leaves in place.

    C. Ferri, P. Flach, J. Hernandez-Orallo, "Improving the AUC of probabilistic estimation trees", ECML 2003.
    """
    leaves = tree.apply(pixels)
    shares = tree.tree_.value[:, 0].copy()

    def answers(m: float) -> Floats:
        smoothed: Floats = _smoothed(tree, shares, m)[leaves]
        return smoothed

    best = _least(lambda m: _loss(answers(m), labels), 0.1, 1_000.0)
    before, after = ece(labels, shares[leaves]), ece(labels, answers(best))
    tree.tree_.value[:, 0] = _smoothed(tree, shares, best)
    return Calibration("smoothing", best, before, after)


def softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _smoothed(tree: DecisionTreeClassifier, shares: Floats, m: float) -> Floats:
    """Shares of each node (nodes, 10) -> the same, smoothed."""
    nodes = tree.tree_
    images = nodes.n_node_samples[:, None]
    smoothed = shares.copy()
    level = np.array([0])
    while len(level := level[nodes.children_left[level] >= 0]):
        for children in (nodes.children_left[level], nodes.children_right[level]):
            n = images[children]
            smoothed[children] = (n * shares[children] + m * smoothed[level]) / (n + m)
        level = np.concatenate([nodes.children_left[level], nodes.children_right[level]])
    return smoothed


def _loss(probabilities: Floats, labels: Labels) -> float:
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], TINY)).mean())


def _least(loss: Callable[[float], float], low: float, high: float) -> float:
    found = minimize_scalar(lambda power: loss(float(np.exp(power))), bounds=(np.log(low), np.log(high)))
    return float(np.exp(found.x))
