"""Architecture diagram of the neural network."""

import math
from pathlib import Path

from matplotlib.figure import Figure

from report.architecture import BUNDLE, served
from report.figures.style import LIGHT, blank


def architecture(bundle: Path = BUNDLE) -> Figure:
    """Draw the layers from the picture to the probabilities; a bar is as wide as the logarithm of its units."""
    dense, deskewed = served(bundle)
    boxes = [(dense[0].inputs, f"{dense[0].inputs:,} pixels{', deskewed' * deskewed}", LIGHT.quiet)]
    boxes += [
        (layer.units, f"{layer.units:,} units, {layer.activation}\n{layer.parameters:,} parameters", LIGHT.mlp)
        for layer in dense
    ]
    figure = blank(80 * len(boxes))
    axes = figure.subplots()
    for row, (units, text, color) in enumerate(boxes):
        width = math.log10(units)
        axes.barh(-row, width, 0.2, left=-width / 2, color=color)
        axes.text(0, -row - 0.16, text, ha="center", va="top")
        if row:
            style = {"arrowstyle": "->", "color": LIGHT.quiet}
            axes.annotate("", (0, 0.12 - row), (0, 0.38 - row), arrowprops=style)
    axes.set(title="Neural network", ylim=(0.3 - len(boxes), 0.2))
    axes.set_axis_off()
    return figure
