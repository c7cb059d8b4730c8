"""Ruled, squared and dotted paper."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.pictures.writing import Color, Pixels, paint

MARGIN: Color = (218, 92, 102)
MARGIN_PLACE = 0.12  # of the width


@dataclass(frozen=True)
class Ruling:
    """Lines or dots that repeat. Lengths in pixels."""

    color: Color
    step: float
    width: float
    rows: bool = True
    columns: bool = False
    dots: bool = False  # only where rows and columns would cross
    margin: bool = False  # a red line at the left


def rule(sheet: Pixels, ruling: Ruling, rng: np.random.Generator) -> Pixels:
    """Print a ruling on a sheet (height, width, 3), at a random place."""
    height, width = sheet.shape[:2]
    down, right = (_distance(side, ruling.step, rng.uniform(0, ruling.step)) for side in (height, width))
    if ruling.dots:
        sheet = paint(sheet, _edge(np.hypot(down[:, None], right), ruling.width), ruling.color)
    if ruling.rows:
        sheet = paint(sheet, np.broadcast_to(_edge(down, ruling.width)[:, None], (height, width)), ruling.color)
    if ruling.columns:
        sheet = paint(sheet, np.broadcast_to(_edge(right, ruling.width), (height, width)), ruling.color)
    if ruling.margin:
        line = _edge(abs(np.arange(width) - width * MARGIN_PLACE), ruling.width)
        sheet = paint(sheet, np.broadcast_to(line, (height, width)), MARGIN)
    return sheet


def _distance(side: int, step: float, start: float) -> NDArray[np.float64]:
    """Return the distance of each pixel from the nearest of the lines that repeat, in pixels."""
    phase = (np.arange(side) - start) % step
    nearest: NDArray[np.float64] = np.minimum(phase, step - phase)
    return nearest


def _edge(distance: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """Return how much of a pixel a line of this width covers, at a distance from its middle."""
    return (width / 2 + 0.5 - distance).clip(0, min(1, width))
