"""Deletion test of the explanations: `python -m evaluation explanations`.

Ink is removed in the order of the attribution, the strongest evidence for the predicted digit first, and in random
orders: the smaller the area under the probability of the prediction, the better the explanation. V. Petsiuk, A. Das, K.
Saenko, "RISE: Randomized input sampling for explanation of black-box models", BMVC 2018.
"""

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from digits.explain import explain
from digits.registry import Classifier
from evaluation.onnx_model import open_bundle
from training.dataset import Images, load_test

HELP = "run the deletion test of the explanations"
IMAGES = 500
STEPS = 20  # until all ink is removed
RANDOM_ORDERS = 3
SEED = 5

type Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Deletion:
    """Areas under the probability of the first prediction, and the largest completeness error: the relative difference
    between the attribution's sum and the change of the score."""

    attribution: float
    random: float
    completeness_error: float


def measure(classifier: Classifier, images: Images) -> Deletion:
    """Explain each image (n, 28, 28) and remove its ink."""
    explanations = [explain(classifier, image) for image in images]
    attributions = np.array([explanation["attribution"] for explanation in explanations])
    change = np.array([explanation["score"] - explanation["baseline"] for explanation in explanations])
    rng = np.random.default_rng(SEED)
    return Deletion(
        attribution=area(classifier, images, attributions),
        random=float(np.mean([area(classifier, images, rng.random(images.shape)) for _ in range(RANDOM_ORDERS)])),
        completeness_error=float(np.abs(attributions.sum(axis=(1, 2)) / change - 1).max()),
    )


def area(classifier: Classifier, images: Images, order: Floats) -> float:
    """Return the mean area (0..1) under the probability of the prediction while ink is removed in this order."""
    each, predicted = np.arange(len(images)), classifier.probabilities(images).argmax(axis=1)
    last = np.where(images > 0, -order, np.inf).reshape(len(images), -1)
    ranks = last.argsort(axis=1, kind="stable").argsort(axis=1).reshape(images.shape)
    ink = np.count_nonzero(images, axis=(1, 2), keepdims=True)
    remaining = (np.where(ranks < (share * ink).round(), 0, images) for share in np.linspace(0, 1, STEPS + 1))
    curve = [classifier.probabilities(pictures)[each, predicted] for pictures in remaining]
    return float(np.trapezoid(curve, dx=1 / STEPS, axis=0).mean())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add none."""


def command(arguments: argparse.Namespace) -> None:
    """Print the areas of each model."""
    console, images = Console(stderr=True), load_test().images[:IMAGES]
    for name, classifier in open_bundle().all().items():
        with console.status(f"{name}: explaining {IMAGES} images"):
            deletion = measure(classifier, images)
        print(
            f"{name}: area under the probability of the prediction {deletion.attribution:.3f} by attribution, "
            f"{deletion.random:.3f} at random, on {IMAGES} test images; completeness error at most "
            f"{deletion.completeness_error:.1e}"
        )
