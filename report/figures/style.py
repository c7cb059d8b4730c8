"""Colors and matplotlib settings of the figures.

Figures are drawn in light colors; `svg` adds a style sheet that maps them to the dark ones.
"""

from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from evaluation.schema import Kind

DPI = 72  # one CSS pixel is one point: sizes below are those on the page
WIDTH = 320  # pixels: a phone shows a figure at full size


@dataclass(frozen=True)
class Palette:
    """Colors of frontend/style.css."""

    paper: str
    ink: str
    quiet: str
    line: str
    tree: str
    mlp: str
    problem: str


LIGHT = Palette("#fffefb", "#1d1b26", "#625e6b", "#e2ded4", "#0b7558", "#4a45d1", "#b3261e")
DARK = Palette("#1d1c24", "#f2f0ea", "#aaa6b5", "#34323e", "#4fc9a2", "#a3a1ff", "#ff9d94")

COLORS: dict[Kind, str] = {"mlp": LIGHT.mlp, "tree": LIGHT.tree}
MARKERS: dict[Kind, str] = {"mlp": "o", "tree": "s"}  # for readers who do not distinguish the colors
WHOLE_PERCENT = PercentFormatter(1, 0)

SETTINGS: Any = {  # matplotlib's rcParams
    "figure.dpi": DPI,
    "figure.facecolor": LIGHT.paper,
    "axes.facecolor": LIGHT.paper,
    "axes.edgecolor": LIGHT.line,
    "axes.labelcolor": LIGHT.quiet,
    "axes.titlecolor": LIGHT.ink,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelsize": 11,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 11,
    "font.family": "DejaVu Sans",
    "grid.color": LIGHT.line,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 11,
    "legend.labelcolor": LIGHT.ink,
    "lines.linewidth": 2,
    "lines.markersize": 5,
    "savefig.facecolor": LIGHT.paper,
    "svg.fonttype": "none",  # text stays text: a sixth of the size, and in the page's font
    "svg.hashsalt": "digits",
    "text.color": LIGHT.ink,
    "xtick.color": LIGHT.quiet,
    "ytick.color": LIGHT.quiet,
    "xtick.major.pad": 6,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
}


def blank(height: int, width: int = WIDTH) -> Figure:
    """Return an empty figure of a size in CSS pixels."""
    return Figure(figsize=(width / DPI, height / DPI), layout="constrained")


def with_legend(figure: Figure, columns: int = 2) -> Figure:
    """Add a legend below the axes."""
    figure.legend(loc="outside lower center", ncols=columns, handlelength=2.6)
    return figure
