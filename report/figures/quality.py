"""Figures of the models' predictions: F1 per class, ROC curves, reliability diagrams."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from evaluation.schema import CLASSES, KINDS, Evaluation, Kind
from report.figures.style import COLORS, LIGHT, MARKERS, WHOLE_PERCENT, blank, with_legend

LEAST_IN_BIN = 10  # images; the accuracy of fewer is noise


def f1(evaluation: Evaluation) -> Figure:
    """Draw F1 of each class, and the gap between the two models."""
    figure = blank(300)
    axes = figure.subplots()
    scores = {kind: evaluation["models"][kind]["metrics"]["classes"]["f1"] for kind in KINDS}
    axes.vlines(range(CLASSES), scores["tree"], scores["mlp"], LIGHT.line, linewidth=4)
    for kind, values in scores.items():
        title = evaluation["models"][kind]["title"]
        axes.plot(values, MARKERS[kind], color=COLORS[kind], markersize=8, label=title)
    axes.set(title="F1 per class", xticks=range(CLASSES))
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_formatter(WHOLE_PERCENT)
    return with_legend(figure)


def roc(evaluation: Evaluation, kind: Kind) -> Figure:
    """Draw one-vs-rest curves. The x axis is logarithmic: on a linear one all curves lie in the corner."""
    model = evaluation["models"][kind]
    curves = model["roc"]["curves"]
    figure = blank(300)
    axes = figure.subplots()
    worst = min(map(str, range(CLASSES)), key=lambda name: curves[name]["auc"])
    for name in map(str, range(CLASSES)):
        curve = curves[name]
        axes.plot(_above_zero(curve["fpr"]), curve["tpr"], color=COLORS[kind], alpha=0.35, linewidth=1)
        if name == worst:
            label = f"worst class: {name}, AUC {curve['auc']:.4f}"
            axes.plot(_above_zero(curve["fpr"]), curve["tpr"], color=LIGHT.ink, linestyle=(0, (4, 1.5)), label=label)
    micro = curves["micro"]
    label = f"micro-average, AUC {micro['auc']:.4f}"
    axes.plot(_above_zero(micro["fpr"]), micro["tpr"], color=COLORS[kind], linewidth=2.5, label=label)
    axes.set(title=model["title"], xscale="log", xlim=(1e-4, 1))
    axes.set(xlabel="false positive rate", ylabel="true positive rate")
    axes.set_xticks([1e-4, 1e-3, 1e-2, 0.1, 1], ["0.01%", "0.1%", "1%", "10%", "100%"])
    lowest = min(float(np.interp(1e-4, curve["fpr"], curve["tpr"])) for curve in curves.values())
    axes.set_ylim(min(0.9, np.floor(lowest * 10) / 10), 1.005)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(WHOLE_PERCENT)
    return with_legend(figure, columns=1)


def _above_zero(rates: list[float]) -> NDArray[np.float64]:
    return np.maximum(np.array(rates, dtype=np.float64), 1e-5)


def reliability(evaluation: Evaluation, kind: Kind) -> Figure:
    """Draw accuracy against confidence, and below the number of images in each bin."""
    model = evaluation["models"][kind]
    bins = model["reliability"]
    confidence = np.array([one["confidence"] for one in bins])
    accuracy = np.array([one["accuracy"] for one in bins])
    images = np.array([one["images"] for one in bins])
    figure = blank(350)
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 1], [0, 1], color=LIGHT.quiet, linestyle=":", linewidth=1.5, label="perfect calibration")
    enough = images >= LEAST_IN_BIN
    upper.vlines(confidence[enough], confidence[enough], accuracy[enough], LIGHT.problem, linewidth=2)
    upper.plot(confidence[enough], accuracy[enough], f"-{MARKERS[kind]}", color=COLORS[kind], label="predictions")
    upper.set(title=f"{model['title']}: ECE {model['metrics']['ece']:.4f}", ylabel="accuracy")
    upper.set(xlim=(0, 1.02), ylim=(0, 1.02))
    upper.yaxis.set_major_formatter(WHOLE_PERCENT)
    upper.legend(loc="upper left")
    lower.bar(confidence, images, width=0.04, color=COLORS[kind])
    lower.set(yscale="log", xlabel="confidence", ylabel="images")
    lower.xaxis.set_major_formatter(WHOLE_PERCENT)
    lower.minorticks_off()
    return figure
