"""Figure of test images with the predictions of both models.

Two images of each class: the first of the test set, and the hardest of the first eight, which is the one with the
lowest true-class probability, averaged over both models.
"""

import base64
import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from evaluation.predictions import Predictions, confidence, labels, true_class_probability, wrong
from evaluation.schema import CLASSES, KINDS, Evaluation
from report.figures.style import COLORS, DPI, LIGHT, WIDTH
from report.formatting import format_confidence
from report.tables import SHORT

COLUMNS = 5
ROWS = 2 * CLASSES // COLUMNS
HEIGHT = 390  # pixels
FONT_SIZE = 8
LINE = 11  # pixels
type Place = tuple[int, int]  # class, and index among the samples of this class


def predicted_samples(evaluation: Evaluation, predictions: Predictions) -> Figure:
    """Draw the images, each with the predicted digit and the confidence of both models."""
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI))  # a constrained layout would leave no space for the texts
    grid = figure.subplots(ROWS, COLUMNS)
    figure.subplots_adjust(left=0.02, right=0.98, top=0.95, bottom=0.075, wspace=0.3, hspace=0.9)
    indices = sample_indices(evaluation, predictions)
    for axes, (digit, number) in zip(grid.flat, chosen(evaluation, predictions), strict=True):
        axes.imshow(pixels(evaluation["samples"][digit][number]), cmap="gray", interpolation="none")
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        axes.set_title(f"{digit}", loc="center", pad=3, fontsize=10)
        _write_predictions(axes, predictions, indices[digit][number])
    return figure


def chosen(evaluation: Evaluation, predictions: Predictions) -> list[Place]:
    """Return the first sample of each class, then the hardest other sample of each class."""
    mean = np.mean([true_class_probability(predictions, kind) for kind in KINDS], axis=0)
    hardest = [1 + int(mean[indices[1:]].argmin()) for indices in sample_indices(evaluation, predictions)]
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


def pixels(image: str) -> NDArray[np.uint8]:
    """Decode a PNG in base64. Returns (28, 28)."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(image))))


def _write_predictions(axes: Axes, predictions: Predictions, index: int) -> None:
    """Write one line for each model below the image; a cross marks a wrong prediction."""
    for line, kind in enumerate(KINDS):
        missed = wrong(predictions, kind)[index]
        digit = predictions["models"][kind]["predictions"][index]
        text = (
            f"{SHORT[kind]} {digit}{' ✗' if missed else ''} {format_confidence(confidence(predictions, kind)[index])}"
        )
        color = LIGHT.problem if missed else COLORS[kind]
        axes.annotate(
            text,
            (0.5, 0),
            (0, -3 - LINE * line),
            "axes fraction",
            "offset points",
            color=color,
            fontsize=FONT_SIZE,
            ha="center",
            va="top",
        )
