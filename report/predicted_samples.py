"""Choice of the test images that are shown with both models' predictions.

Two images of each class: the first of the test set, and the hardest of the first eight, which is the one with the
lowest true-class probability, averaged over both models.
"""

import numpy as np
from numpy.typing import NDArray

from evaluation.predictions import Predictions, labels, true_class_probability, wrong
from evaluation.schema import CLASSES, KINDS, Evaluation

type Place = tuple[int, int]  # class, and index among the samples of this class


def chosen(evaluation: Evaluation, predictions: Predictions) -> list[Place]:
    """Return the first sample of each class, then the hardest other sample of each class."""
    mean = np.mean([true_class_probability(predictions, kind) for kind in KINDS], axis=0)
    each = [mean[indices] for indices in sample_indices(evaluation, predictions)]
    hardest = [1 + int(values[1:].argmin()) if len(values) > 1 else 0 for values in each]
    return [*((digit, 0) for digit in range(CLASSES)), *enumerate(hardest)]


def sample_indices(evaluation: Evaluation, predictions: Predictions) -> list[NDArray[np.intp]]:
    """Return the place of each class' samples in the test set: they are the first of their class."""
    return [
        np.flatnonzero(labels(predictions) == digit)[: len(samples)]
        for digit, samples in enumerate(evaluation["samples"])
    ]


def mistakes(evaluation: Evaluation, predictions: Predictions) -> dict[str, int]:
    """Count the images of the figure that each model misclassifies."""
    indices = sample_indices(evaluation, predictions)
    places = [indices[digit][number] for digit, number in chosen(evaluation, predictions)]
    return {kind: int(wrong(predictions, kind)[places].sum()) for kind in KINDS}
