"""Figure of test images with the predictions of both models."""

import base64
import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from evaluation.predictions import Predictions, confidence, wrong
from evaluation.schema import CLASSES, KINDS, Evaluation
from report.figures.style import COLORS, DPI, LIGHT, WIDTH
from report.formatting import format_confidence
from report.predicted_samples import chosen, sample_indices
from report.tables import SHORT

COLUMNS = 5
ROWS = 2 * CLASSES // COLUMNS
HEIGHT = 390  # pixels
FONT_SIZE = 8
LINE = 11  # pixels


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
