"""Figures of training and of the data set: learning curves, class balance, sample images."""

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.predictions import SPRITE_SIDE
from evaluation.schema import CLASSES, Evaluation
from report.figures.predicted_samples import pixels
from report.figures.recipes import line_styles
from report.figures.style import LIGHT, WHOLE_PERCENT, blank, with_legend

LOSSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)  # on the axis


def loss(evaluation: Evaluation) -> Figure:
    """Draw training and validation loss by epoch."""
    figure = blank(300)
    axes = figure.subplots()
    _train_and_validation(axes, evaluation, "loss", "val_loss")
    axes.set(title="Loss", xlabel="epoch", yscale="log")
    axes.minorticks_off()
    low, high = axes.get_ylim()
    axes.set_yticks([value for value in LOSSES if low <= value <= high])
    axes.yaxis.set_major_formatter("{x:g}")
    return with_legend(figure)


def accuracy(evaluation: Evaluation) -> Figure:
    """Draw training and validation accuracy by epoch."""
    figure = blank(300)
    axes = figure.subplots()
    _train_and_validation(axes, evaluation, "accuracy", "val_accuracy")
    axes.set(title="Accuracy", xlabel="epoch")
    lowest = min(min(history["val_accuracy"]) for history in evaluation["training"].values())
    axes.set_ylim(max(0.0, lowest - 0.01), 1.001)
    axes.yaxis.set_major_formatter(WHOLE_PERCENT)
    return with_legend(figure)


def learning_rate(evaluation: Evaluation) -> Figure:
    """Draw the learning rate by epoch."""
    figure = blank(300)
    axes = figure.subplots()
    for recipe, style in line_styles(evaluation, "mlp"):
        history = evaluation["training"].get(recipe)
        if history and history.get("learning_rate"):
            _curve(axes, history["learning_rate"], recipe, color=LIGHT.mlp, **style)
    axes.set(title="Learning rate", xlabel="epoch")
    axes.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
    return with_legend(figure)


def classes(evaluation: Evaluation) -> Figure:
    """Draw the share of each class in training, validation and test images."""
    figure = blank(300)
    axes = figure.subplots()
    colors = {"train": LIGHT.ink, "validation": LIGHT.quiet, "test": LIGHT.mlp}
    for offset, (name, counts) in enumerate(evaluation["classes"].items()):
        shares = np.array(counts) / sum(counts)
        axes.bar(np.arange(CLASSES) + (offset - 1) * 0.27, shares, 0.25, color=colors[name], label=name)
    axes.set(title="Share of each class", xticks=range(CLASSES))
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_formatter(WHOLE_PERCENT)
    return with_legend(figure, columns=3)


def samples(evaluation: Evaluation) -> Figure:
    """Show test images, a row for each class."""
    rows = [[pixels(image) for image in row] for row in evaluation["samples"]]
    mosaic = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    figure = blank(400)
    axes = figure.subplots()
    axes.imshow(mosaic, cmap="gray", interpolation="none")
    middles = np.arange(CLASSES) * SPRITE_SIDE + (SPRITE_SIDE - 1) / 2
    axes.set(title="Test images", xticks=[], yticks=middles, yticklabels=range(CLASSES))
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return figure


def _train_and_validation(
    axes: Axes,
    evaluation: Evaluation,
    train: Literal["loss", "accuracy"],
    validation: Literal["val_loss", "val_accuracy"],
) -> None:
    for recipe, style in line_styles(evaluation, "mlp"):
        if history := evaluation["training"].get(recipe):
            _curve(axes, history[train], f"{recipe}, train", color=LIGHT.quiet, **style)
            _curve(axes, history[validation], f"{recipe}, validation", color=LIGHT.mlp, **style)


def _curve(axes: Axes, values: list[float], label: str, **style: object) -> None:
    axes.plot(range(1, len(values) + 1), values, label=label, **style)  # type: ignore[arg-type]
