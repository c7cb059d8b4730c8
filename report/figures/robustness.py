"""Figures of accuracy and confidence on other images: distorted, handwritten on the page, out of distribution."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from evaluation.schema import KINDS, Evaluation, ImageKind, Kind
from report.figures.recipes import line_styles
from report.figures.style import COLORS, LIGHT, MARKERS, WHOLE_PERCENT, blank, with_legend
from report.formatting import MODEL

LINES: dict[ImageKind, Any] = {
    "digits": "-",
    "printed digits": (0, (6, 1.5)),
    "letters": (0, (3, 1.5)),
    "scribbles": "-.",
    "noise": ":",
}


def distortion(evaluation: Evaluation, name: str) -> Figure:
    """Draw the accuracy of every recipe against the strength of one distortion."""
    measured = evaluation["robustness"][name]
    figure = blank(300)
    axes = figure.subplots()
    for kind in KINDS:
        for recipe, style in line_styles(evaluation, kind):
            values = measured["accuracy"][f"{kind}-{recipe}"]
            label = f"{MODEL[kind]} {recipe}"
            axes.plot(
                measured["strengths"],
                values,
                marker=MARKERS[kind],
                markersize=4,
                color=COLORS[kind],
                label=label,
                **style,
            )
    axes.set(title=measured["title"], xlabel=measured["unit"], ylim=(0, 1.02))
    axes.set_xticks(measured["strengths"][::2], [f"{strength:g}" for strength in measured["strengths"][::2]])
    axes.yaxis.set_major_formatter(WHOLE_PERCENT)
    return with_legend(figure)


def out_of_distribution(evaluation: Evaluation, kind: Kind) -> Figure:
    """Draw the share of images of each kind whose confidence reaches a threshold."""
    measured = evaluation["out_of_distribution"]
    figure = blank(300)
    axes = figure.subplots()
    for name, line in LINES.items():
        values = measured["confidence"][name][kind]["at_least"]
        color = COLORS[kind] if name in ("digits", "printed digits") else LIGHT.ink
        axes.plot(measured["thresholds"], values, color=color, linestyle=line, label=name)
    axes.set(title=evaluation["models"][kind]["title"], xlabel="confidence at least", ylabel="share of images")
    axes.set_ylim(0, 1.02)
    axes.xaxis.set_major_formatter(WHOLE_PERCENT)
    axes.yaxis.set_major_formatter(WHOLE_PERCENT)
    return with_legend(figure)


def handwriting(evaluation: Evaluation) -> Figure:
    """Draw each model's accuracy on each file of strokes and placement."""
    results = evaluation["handwriting"]
    figure = blank(110 + 44 * len(results))
    axes = figure.subplots()
    rows = np.arange(len(results))[::-1]
    scores = {kind: [result["accuracy"][kind] for result in results] for kind in KINDS}
    axes.hlines(rows, scores["tree"], scores["mlp"], LIGHT.line, linewidth=4)
    for kind, values in scores.items():
        color, title = COLORS[kind], evaluation["models"][kind]["title"]
        axes.plot(values, rows, MARKERS[kind], color=color, markersize=8, label=title)
        for row, value in zip(rows, values, strict=True):
            axes.text(value, row + 0.2, f"{value:.1%}", color=color, size=10, ha="center", va="bottom")
    labels = [f"{result['file'].split('_')[0]}\n{result['placement']}" for result in results]
    axes.set(title="Accuracy on handwriting", yticks=rows, yticklabels=labels, ylim=(-0.5, len(results) - 0.3))
    axes.margins(x=0.12)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(WHOLE_PERCENT)
    return with_legend(figure)
