"""Pictures of a training run: those that wandb.sklearn draws, of the test images."""

import io
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from sklearn.metrics import ConfusionMatrixDisplay, PrecisionRecallDisplay, RocCurveDisplay

from training.dataset import CLASSES, Labels, Mnist
from training.metrics import Probabilities, reliability
from training.trainer import Outcome

SIDE = 6  # inches, of 100 pixels


def draw(outcome: Outcome, data: Mnist) -> dict[str, Image.Image]:
    """Draw every picture of a trained model."""
    labels, probabilities = data.test.labels, outcome.probabilities
    splits = {"train": data.train.labels, "validation": data.validation.labels, "test": labels}
    figures = {
        "confusion_matrix": confusion_matrix(labels, probabilities),
        "roc": curves(RocCurveDisplay, labels, probabilities),
        "precision_recall": curves(PrecisionRecallDisplay, labels, probabilities),
        "calibration": calibration(labels, probabilities),
        "class_proportions": class_proportions(splits),
    }
    if outcome.importances is not None:
        figures["feature_importances"] = feature_importances(outcome.importances)
    return {name: rendered(figure) for name, figure in figures.items()}


def confusion_matrix(labels: Labels, probabilities: Probabilities) -> Figure:
    """Draw the number of images by true and predicted class."""
    figure, axes = blank("Confusion matrix")
    predictions = probabilities.argmax(axis=1)
    ConfusionMatrixDisplay.from_predictions(labels, predictions, labels=range(CLASSES), ax=axes, colorbar=False)
    return figure


def curves(
    display: type[RocCurveDisplay | PrecisionRecallDisplay], labels: Labels, probabilities: Probabilities
) -> Figure:
    """Draw the curve of each digit against the others."""
    figure, axes = blank("ROC" if display is RocCurveDisplay else "Precision and recall")
    for digit in np.unique(labels):
        display.from_predictions(labels == digit, probabilities[:, digit], name=str(digit), ax=axes)
    return figure


def calibration(labels: Labels, probabilities: Probabilities) -> Figure:
    """Draw accuracy by confidence."""
    figure, axes = blank("Calibration")
    bins = reliability(labels, probabilities)
    axes.plot((0, 1), (0, 1), "k:", label="perfectly calibrated")
    axes.plot([b["confidence"] for b in bins], [b["accuracy"] for b in bins], "o-", label="test images")
    axes.set(xlabel="confidence", ylabel="accuracy")
    axes.legend()
    return figure


def class_proportions(splits: Mapping[str, Labels]) -> Figure:
    """Draw the share of each class in each split."""
    figure, axes = blank("Class proportions")
    for number, (name, labels) in enumerate(splits.items()):
        shares = np.bincount(labels, minlength=CLASSES) / len(labels)
        axes.bar(np.arange(CLASSES) + (number - 1) * 0.27, shares, 0.25, label=name)
    axes.set(xlabel="class", ylabel="share", xticks=range(CLASSES))
    axes.legend()
    return figure


def feature_importances(importances: NDArray[np.floating]) -> Figure:
    """Show the importance of each pixel (rows, columns); for a tree with a transform, of the deskewed digit's."""
    rows, columns = importances.shape
    figure, axes = blank(f"Feature importances, {rows} x {columns} input pixels")
    figure.colorbar(axes.imshow(importances, cmap="magma"))
    return figure


def blank(title: str) -> tuple[Figure, Axes]:
    """Return an empty figure with one axes."""
    figure = Figure(figsize=(SIDE, SIDE), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title)
    return figure, axes


def rendered(figure: Figure) -> Image.Image:
    """Render a figure."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return Image.open(file)
