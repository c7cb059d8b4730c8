"""Pen strokes drawn like those of the page's canvas: same size, brush and antialiasing."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

CANVAS = 280  # pixels, each side of the image that the page sends; a unit test compares it with frontend/js/canvas
BRUSH = 0.07  # diameter of the round brush, as a fraction of the canvas; the same test compares it
OVERSAMPLING = 3  # factor by which the strokes are drawn larger, then reduced, as antialiasing

type Strokes = list[list[list[float]]]  # points (x, y) of each stroke; y downward, the longer side of the digit is 1


@dataclass(frozen=True)
class Placement:
    """Size and position of a digit on the canvas."""

    smallest: float  # of the digit's longer side, as a fraction of the canvas
    largest: float
    offset: float | None  # largest distance from the canvas' center, as a fraction of the canvas; None: anywhere


PLACEMENTS = {"typical": Placement(0.60, 0.75, 0.05), "careless": Placement(0.30, 0.70, None)}


def draw(strokes: Strokes, placement: Placement, rng: np.random.Generator) -> Image.Image:
    """Draw a digit in a random size and position. Returns an L image, CANVAS x CANVAS, white (255) on black."""
    size = rng.uniform(placement.smallest, placement.largest) * CANVAS
    free = (CANVAS * (1 - BRUSH) - size) / 2
    reach = free if placement.offset is None else placement.offset * CANVAS
    corner = CANVAS / 2 + rng.uniform(-reach, reach, 2) - size / 2
    return ink([np.array(stroke) * size + corner for stroke in strokes])


def ink(
    strokes: Iterable[NDArray[np.float64]], width: int = CANVAS, height: int = CANVAS, brush: float = BRUSH * CANVAS
) -> Image.Image:
    """Draw strokes, each (points, 2) pixels: x, y downward. Returns an L image of width x height pixels.

    brush: the diameter, in pixels
    """
    canvas = Image.new("L", (width * OVERSAMPLING, height * OVERSAMPLING))
    pen = ImageDraw.Draw(canvas)
    diameter = brush * OVERSAMPLING
    for stroke in strokes:
        points = [tuple(point) for point in stroke * OVERSAMPLING]
        pen.line(points, 255, round(diameter))
        for x, y in points:  # round joints and ends
            r = diameter / 2
            pen.ellipse((x - r, y - r, x + r, y + r), 255)
    return canvas.reduce(OVERSAMPLING)
