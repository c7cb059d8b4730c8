"""The evaluation comes in; the confusion matrices go out as heat maps, and what the network changes in the tree's."""

from typing import Any

import numpy as np
from matplotlib.colors import SymLogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.dataset import CLASSES
from training.plotting import Theme, figure

type Evaluation = dict[str, Any]


def confusion(kind: str, evaluation: Evaluation, theme: Theme) -> Figure:
    """Counts of true against answered digit; the diagonal, where all is well, keeps the colour of the paper."""
    model = evaluation["models"][kind]
    counts = np.array(model["metrics"]["confusion_matrix"])
    mistaken = np.where(np.eye(CLASSES, dtype=bool), 0, counts)
    return _matrix(
        f"{model['title']}: {mistaken.sum():,} mistakes",
        mistaken,
        counts,
        theme,
        cmap=theme.shades(kind),
        norm=SymLogNorm(1, vmin=0, vmax=max(_most_confused(evaluation), 2)),
    )


def difference(evaluation: Evaluation, theme: Theme) -> Figure:
    """The network's counts minus the tree's."""
    network, tree = (np.array(evaluation["models"][kind]["metrics"]["confusion_matrix"]) for kind in ("mlp", "tree"))
    most = max(int(np.abs(network - tree).max()), 2)
    norm = SymLogNorm(1, vmin=-most, vmax=most)
    return _matrix(
        "Network minus tree", network - tree, network - tree, theme, signed=True, cmap=theme.difference(), norm=norm
    )


def _most_confused(evaluation: Evaluation) -> int:
    matrices = [np.array(model["metrics"]["confusion_matrix"]) for model in evaluation["models"].values()]
    return max(int((matrix - np.diag(np.diag(matrix))).max()) for matrix in matrices)


def _matrix(
    title: str, shade: NDArray[Any], counts: NDArray[Any], theme: Theme, signed: bool = False, **colours: Any
) -> Figure:
    drawn = figure(335)
    axes = drawn.subplots()
    places = np.asarray(axes.imshow(shade, interpolation="none", **colours).norm(shade))
    for row, column in np.ndindex(counts.shape):
        count, place = int(counts[row, column]), float(places[row, column])
        depth = abs(2 * place - 1) if signed else place  # of the colour, 0..1
        if count:
            ink = theme.paper if depth > 0.6 else theme.ink
            weight = "bold" if row == column else "normal"
            text = f"{count:+d}".replace("-", "\N{MINUS SIGN}") if signed else str(count)
            axes.text(column, row, text, color=ink, size=10, ha="center", va="center", weight=weight)
    axes.set(title=title, xlabel="answered", ylabel="true digit", xticks=range(CLASSES), yticks=range(CLASSES))
    axes.set_xticks(np.arange(CLASSES + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(CLASSES + 1) - 0.5, minor=True)
    axes.grid(visible=False, which="major")
    axes.grid(visible=True, which="minor")
    axes.spines[:].set_visible(False)
    return drawn
