"""Figures of corrupted images, of kinds of pictures, and of flagged pictures."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator
from PIL import Image

from evaluation.schema import KINDS, DigitLikeness, Evaluation
from report.figures.predicted_samples import pixels
from report.figures.style import COLORS, DPI, LIGHT, MARKERS, WHOLE_PERCENT, WIDTH, blank, with_legend
from report.pictures.tables import corruption_title

COLUMNS = 5  # of corrupted images
PAIRS = 2  # of example and input, side by side
PAIR_HEIGHT = 106  # pixels, with the title
FONT_SIZE = 8
LINES = ("-", "--", "-.", ":", (0, (6, 1.5)), (0, (1, 1)))


def corruptions(evaluation: Evaluation) -> Figure:
    """Draw the served models' accuracy on each corruption."""
    measured = evaluation["corruptions"]["accuracy"]
    figure = blank(110 + 24 * len(measured))
    axes = figure.subplots()
    rows = np.arange(len(measured))[::-1]
    served = {recipe["kind"]: recipe["name"] for recipe in evaluation["recipes"] if recipe["served"]}
    scores = {kind: [accuracy[served[kind]] for accuracy in measured.values()] for kind in KINDS}
    axes.hlines(rows, scores["tree"], scores["mlp"], LIGHT.line, linewidth=4)
    for kind, values in scores.items():
        axes.plot(values, rows, MARKERS[kind], color=COLORS[kind], label=evaluation["models"][kind]["title"])
    axes.set(title="Accuracy on corrupted images", yticks=rows, xlim=(0, 1.03))
    axes.set_yticklabels([corruption_title(name) for name in measured])
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(WHOLE_PERCENT)
    return with_legend(figure)


def corruption_samples(evaluation: Evaluation) -> Figure:
    """Show one test image with each corruption."""
    samples = evaluation["corruptions"]["samples"]
    count = -(-len(samples) // COLUMNS)
    figure = blank(84 * count)
    grid = figure.subplots(count, COLUMNS, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, (name, sample) in zip(grid.flat, samples.items(), strict=False):
        axes.imshow(pixels(sample), cmap="gray", vmin=0, vmax=255, interpolation="none")
        axes.set_title(corruption_title(name), loc="center", pad=3, fontsize=FONT_SIZE, fontweight="normal")
    return figure


def kinds(evaluation: Evaluation, names: Sequence[str]) -> Figure:
    """Show a picture of each kind, and beside it the input of the models; a dash if the picture is refused."""
    rows = -(-len(names) // PAIRS)
    figure = Figure(figsize=(WIDTH / DPI, rows * PAIR_HEIGHT / DPI))
    grid = figure.subplots(rows, 2 * PAIRS, squeeze=False, width_ratios=(3, 2) * PAIRS)
    figure.subplots_adjust(left=0.01, right=0.99, top=1 - 0.18 / rows, bottom=0.01, wspace=0.08, hspace=0.26)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        axes.grid(visible=False)
    for name, (example, seen) in zip(names, grid.reshape(-1, 2), strict=False):
        kind = evaluation["pictures"][name]
        example.set_title(kind["title"], pad=3, fontsize=FONT_SIZE, fontweight="normal")
        _show(example, kind["example"])
        if kind["input"]:
            seen.imshow(pixels(kind["input"]), cmap="gray", vmin=0, vmax=255, interpolation="none")
        else:
            seen.text(0.5, 0.5, "refused", ha="center", va="center", fontsize=FONT_SIZE, color=LIGHT.problem)
    return figure


def digit_likeness(measured: DigitLikeness) -> Figure:
    """Draw the share of flagged pictures of each kind against the share of flagged digits."""
    figure = blank(360)
    axes = figure.subplots()
    digits = np.array(measured["flagged"]["digits"])
    shown = digits > 0  # on a logarithmic axis
    others = [kind for kind in measured["flagged"] if kind != "digits"]
    for kind, line in zip(others, LINES, strict=False):
        flagged = np.array(measured["flagged"][kind])
        color = LIGHT.mlp if kind in others[:3] else LIGHT.quiet
        axes.plot(digits[shown], flagged[shown], linestyle=line, color=color, label=kind)
        axes.plot(
            measured["at_threshold"]["digits"], measured["at_threshold"][kind], "o", color=LIGHT.ink, markersize=4
        )
    axes.set(title="Flagged as not one digit", xlabel="flagged digits", ylabel="flagged others", xscale="log")
    axes.set_ylim(0, 1.02)
    axes.xaxis.set_major_locator(FixedLocator([0.001, 0.01, 0.1]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.1%}")
    axes.yaxis.set_major_formatter(WHOLE_PERCENT)
    return with_legend(figure)


def _show(axes: Axes, example: str) -> None:
    """Show a thumbnail; behind its transparent parts, a color that is no ink."""
    picture = Image.open(io.BytesIO(base64.b64decode(example)))
    axes.set_facecolor(LIGHT.line)
    axes.imshow(np.asarray(picture), interpolation="none")
