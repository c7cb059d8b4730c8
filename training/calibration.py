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
    """Count m more images of every class in every leaf; m is what makes the loss on the labels least. Changes the
    tree's leaves in place, and no answer: the most frequent class of a leaf stays it.

    F. Provost, P. Domingos, "Tree induction for probability-based ranking", Machine Learning 52, 2003.
    """
    images, shares = tree.tree_.n_node_samples[:, None], tree.tree_.value[:, 0].copy()
    leaves = tree.apply(pixels)

    def smoothed(m: float) -> Floats:
        counts: Floats = images * shares + m
        return counts / counts.sum(axis=1, keepdims=True)

    best = _least(lambda m: _loss(smoothed(m)[leaves], labels), 0.01, 100.0)
    before, after = ece(labels, shares[leaves]), ece(labels, smoothed(best)[leaves])
    tree.tree_.value[:, 0] = smoothed(best)
    return Calibration("smoothing", best, before, after)


def softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _loss(probabilities: Floats, labels: Labels) -> float:
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], TINY)).mean())


def _least(loss: Callable[[float], float], low: float, high: float) -> float:
    found = minimize_scalar(lambda power: loss(float(np.exp(power))), bounds=(np.log(low), np.log(high)))
    return float(np.exp(found.x))
