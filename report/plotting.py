"""A theme comes in; the colours and the rules by which every figure of the report is drawn go out, and its SVG."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

DPI = 72  # one CSS pixel is one point: sizes below are those on the page
WIDTH = 320  # pixels: what a phone shows at full size
FONT = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"  # the page's own


@dataclass(frozen=True)
class Theme:
    """Colours of the page's style sheet, light or dark."""

    name: str
    paper: str
    ink: str
    quiet: str
    line: str
    tree: str
    mlp: str
    problem: str

    def tone(self, kind: str) -> str:
        return self.tree if kind == "tree" else self.mlp

    def shades(self, kind: str) -> LinearSegmentedColormap:
        """From paper to the model's colour."""
        return LinearSegmentedColormap.from_list(kind, [self.paper, self.tone(kind)])

    def difference(self) -> LinearSegmentedColormap:
        """From the tree's colour over paper to the network's."""
        return LinearSegmentedColormap.from_list("difference", [self.tree, self.paper, self.mlp])


THEMES = (
    Theme("light", "#fffefb", "#1d1b26", "#625e6b", "#e2ded4", "#0b7558", "#4a45d1", "#b3261e"),
    Theme("dark", "#1d1c24", "#f2f0ea", "#aaa6b5", "#34323e", "#4fc9a2", "#a3a1ff", "#ff9d94"),
)


@contextmanager
def drawing(theme: Theme) -> Iterator[None]:
    """Draw by the theme's rules until the block ends."""
    rules: Any = {
        "figure.dpi": DPI,
        "figure.facecolor": theme.paper,
        "axes.facecolor": theme.paper,
        "axes.edgecolor": theme.line,
        "axes.labelcolor": theme.quiet,
        "axes.titlecolor": theme.ink,
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
        "grid.color": theme.line,
        "grid.linewidth": 0.8,
        "legend.frameon": False,
        "legend.fontsize": 11,
        "legend.labelcolor": theme.ink,
        "lines.linewidth": 2,
        "lines.markersize": 5,
        "savefig.facecolor": theme.paper,
        "svg.fonttype": "none",  # text stays text: a sixth of the size, and in the page's own font
        "svg.hashsalt": "digits",
        "text.color": theme.ink,
        "xtick.color": theme.quiet,
        "ytick.color": theme.quiet,
        "xtick.major.pad": 6,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "xtick.minor.size": 0,
        "ytick.minor.size": 0,
    }
    with matplotlib.rc_context(rules):
        yield


def figure(height: int, width: int = WIDTH) -> Figure:
    """An empty figure of so many CSS pixels."""
    return Figure(figsize=(width / DPI, height / DPI), layout="constrained")


def svg(drawn: Figure) -> str:
    """The figure as an SVG, the same bytes each time."""
    file = io.StringIO()
    drawn.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = re.sub(
        r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<style.*?</style>",
        "",
        file.getvalue(),
        flags=re.S,
    )
    text = re.sub(r'style="([^"]*)"', _attributes, text)
    text = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d\.\d\d)\d+", r"\1", tag[0]), text)  # pixels, not what is read
    text = re.sub(
        r' transform="rotate\(-?0 [^"]*"| id="(?:figure|axes|patch|text|matplotlib|line2d|x?y?tick)\w*"', "", text
    )
    text = re.sub(r'(width|height)="([\d.]+)pt"', r'\1="\2"', text)
    text = text.replace("<svg ", f'<svg font-family="{FONT}" stroke-linejoin="round" stroke-linecap="butt" ', 1)
    return re.sub(r"\s*\n\s*", "\n", text).lstrip()


def _attributes(style: re.Match[str]) -> str:
    """A style as attributes: a content security policy that forbids inline styles allows them, and they inherit."""
    pairs = (rule.split(":", 1) for rule in style[1].split(";") if rule.strip())
    rules = {name.strip(): value.strip() for name, value in pairs}
    rules.pop("font-family", None)
    return " ".join(f'{name}="{value}"' for name, value in rules.items())
