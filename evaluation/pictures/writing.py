"""Recorded strokes placed on a surface of any size, and colors laid over each other."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.strokes.canvas import BRUSH, CANVAS, Strokes, ink

LENGTH = 0.62  # of the digit's longer side, as a fraction of the canvas

type Color = tuple[int, int, int]  # red, green, blue, 0..255
type Pixels = NDArray[np.floating[Any]]  # (height, width, 3) or (height, width), 0..255
type Cover = NDArray[np.floating[Any]]  # (height, width), share of each pixel that ink covers, 0..1

BLACK: Color = (0, 0, 0)
WHITE: Color = (255, 255, 255)


def points(strokes: Strokes, length: float, center: tuple[float, float]) -> list[NDArray[np.float64]]:
    """Place strokes of the unit square: the digit's longer side and its center, both in pixels."""
    return [(np.array(stroke, float) - 0.5) * length + center for stroke in strokes]


def on_canvas(strokes: Strokes, brush: float = BRUSH, length: float = LENGTH) -> Cover:
    """Draw a digit in the middle of a canvas; brush and length are fractions of the canvas."""
    return cover(points(strokes, length * CANVAS, (CANVAS / 2, CANVAS / 2)), brush=brush * CANVAS)


def cover(
    placed: list[NDArray[np.float64]], width: int = CANVAS, height: int = CANVAS, brush: float = BRUSH * CANVAS
) -> Cover:
    """Draw placed strokes with a round brush of a diameter in pixels."""
    return np.asarray(ink(placed, width, height, brush), np.float32) / 255


def paint(below: Pixels | Color, covered: Cover, color: Color) -> Pixels:
    """Lay a color over pixels (height, width, 3) or over one color, where it covers them."""
    share = covered[..., None]
    return np.asarray(below, np.float32) * (1 - share) + np.asarray(color, np.float32) * share


def picture(pixels: Pixels) -> Image.Image:
    """Return an image of pixels 0..255, clipped and rounded."""
    return Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))


def smooth_noise(height: int, width: int, grain: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Make noise of standard deviation near 1 whose spots are `grain` pixels wide. Returns (height, width)."""
    spots = rng.standard_normal((-(-height // grain) + 1, -(-width // grain) + 1), np.float32)
    return spots if grain == 1 else np.asarray(Image.fromarray(spots).resize((width, height), Image.Resampling.BICUBIC))
