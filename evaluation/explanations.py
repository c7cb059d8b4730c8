"""The bundle and test images come in; how soon an answer goes when the ink that explains it does, goes out.

`python -m evaluation.explanations` prints it. The ink is removed in the order of the attribution, what speaks most for the
digit first, and in random orders: the smaller the area under the digit's probability, the truer the explanation. V.
Petsiuk, A. Das, K. Saenko, "RISE: Randomized input sampling for explanation of black-box models", BMVC 2018.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from digits.explain import explain
from digits.registry import Bundle, Classifier
from training.dataset import Images, load_test

IMAGES = 500
STEPS = 20  # in which all of the ink is removed
RANDOM = 3  # orders of each picture's ink
SEED = 5

type Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Deletion:
    """The areas under the probability of what was answered at first, and the completeness error at its worst: by what
    share of the score's difference the attribution misses it."""

    ours: float
    random: float
    incomplete: float


def measure(classifier: Classifier, images: Images) -> Deletion:
    """Explain each image and remove its ink."""
    told = [explain(classifier, image) for image in images]
    attributions = np.array([each["attribution"] for each in told])
    due = np.array([each["score"] - each["baseline"] for each in told])
    rng = np.random.default_rng(SEED)
    return Deletion(
        ours=area(classifier, images, attributions),
        random=float(np.mean([area(classifier, images, rng.random(images.shape)) for _ in range(RANDOM)])),
        incomplete=float(np.abs(attributions.sum(axis=(1, 2)) / due - 1).max()),
    )


def area(classifier: Classifier, images: Images, order: Floats) -> float:
    """The mean area (0..1) under the probability of the first answer, while the ink goes, the highest `order` first."""
    each, answers = np.arange(len(images)), classifier.probabilities(images).argmax(axis=1)
    last = np.where(images > 0, -order, np.inf).reshape(len(images), -1)
    ranks = last.argsort(axis=1, kind="stable").argsort(axis=1).reshape(images.shape)
    ink = np.count_nonzero(images, axis=(1, 2), keepdims=True)
    left = (np.where(ranks < (share * ink).round(), 0, images) for share in np.linspace(0, 1, STEPS + 1))
    curve = [classifier.probabilities(pictures)[each, answers] for pictures in left]
    return float(np.trapezoid(curve, dx=1 / STEPS, axis=0).mean())


if __name__ == "__main__":
    console, images = Console(stderr=True), load_test().images[:IMAGES]
    for name, classifier in Bundle().all().items():
        with console.status(f"{name}: explaining {IMAGES} images"):
            found = measure(classifier, images)
        print(
            f"{name}: area under the answer's probability {found.ours:.3f} by the explanation, {found.random:.3f} at "
            f"random, on {IMAGES} test images; completeness error at most {found.incomplete:.1e}"
        )
