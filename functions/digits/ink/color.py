"""Reduction of color pictures to gray levels."""

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

if TYPE_CHECKING:
    from numpy.typing import NDArray

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as Pillow's mode L
MIN_LUMA_SHARE = 0.35  # of the strongest contrast; with less of it in luma, the direction in color is used instead
SIDE = 100  # pixels, the longer side at which contrasts are measured
BACKGROUND_SHARE = 0.35  # of the shorter side: window of the median that is taken for the paper
MAX_WINDOW = 15  # pixels; Pillow's median filter is slow above
STRONGEST = 0.1  # share of the pixels, those that differ most from the paper around them


def to_gray(image: Image.Image) -> Image.Image:
    """Convert an opaque picture to mode L along the direction in color in which ink and paper differ most.

    That is luma, unless ink and paper are of nearly equal brightness (red on green).
    """
    if image.mode != "RGB":
        return image.convert("L")
    direction = _direction_of_contrast(image)
    if direction is None:
        return image.convert("L")
    offset = -255 * np.minimum(direction, 0).sum()
    projected = np.asarray(image, np.float32) @ direction.astype(np.float32) + offset
    return Image.fromarray(projected.round().clip(0, 255).astype(np.uint8))


def _direction_of_contrast(image: Image.Image) -> "NDArray[np.float64] | None":
    """Return the principal direction (3,) of the differences from the local background, or None for luma.

    The absolute values of the direction sum to 1, so that a projection spans 255 levels.
    """
    small = image.reduce(max(1, max(image.size) // SIDE))
    levels = np.asarray(small, np.float64)
    if (levels == levels[:, :, :1]).all():  # gray, all in luma: the median would take a millisecond
        return None
    window = min(MAX_WINDOW, 2 * int(min(small.size) * BACKGROUND_SHARE / 2) + 1)
    background = small.filter(ImageFilter.MedianFilter(window))
    differences = (levels - np.asarray(background, np.float64)).reshape(-1, 3)
    energy = (differences**2).sum(axis=1)
    strongest = differences[energy >= np.quantile(energy, 1 - STRONGEST)]
    values, directions = np.linalg.eigh(strongest.T @ strongest)
    in_luma = math.sqrt(((strongest @ LUMA) ** 2).sum())
    if in_luma >= MIN_LUMA_SHARE * math.sqrt(max(values[-1], 0)):
        return None
    return directions[:, -1] / np.abs(directions[:, -1]).sum()  # type: ignore[no-any-return]
