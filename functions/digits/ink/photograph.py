"""Separation of ink from paper of uneven brightness: photographs of paper and boards, under any light.

Ink is what a morphological closing fills (dark ink) or an opening removes (bright ink): the difference is 0 on paper
under any light that changes slowly, and on both sides of a shadow's edge. Source: J. Serra, "Image analysis and
mathematical morphology", Academic Press 1982 (top-hat transform).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from digits.errors import NothingDrawn
from digits.ink.components import Mask, find_components
from digits.ink.lines import odd, remove_lines
from digits.ink.morphology import closing, dilate, opening
from digits.ink.reduction import SIDE, reduce_to
from digits.ink.selection import select_digit

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = 0.25  # of the shorter side; wider than any stroke, narrower than a sheet of paper
LINE_LENGTH = 0.55  # of the shorter side
STRONGEST = 0.998  # quantile of the ink, about the area of a small digit's strokes
INK = 0.33  # of the strokes' level
STRONG_INK = 0.6
NOISE_FACTOR = 2.5  # times the median of the whole picture, which is paper with its noise
MIN_INK = 8.0  # gray levels
BACKGROUND_SIDE = 50  # pixels, the longer side of the picture whose local median is the paper
BACKGROUND_WINDOW = 15  # pixels of it
MIN_SIZE = 0.3  # of SIDE: a smaller digit is separated again at a higher resolution
MARGIN = 1.0  # of the digit's size, on each side of it in the second pass

NO_DIGIT = "No digit stands out from the paper. Photograph it closer, in even light, or draw with a thicker pen."

type Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Separation:
    """Ink (h, w) float32, 0 .. 255 and above, of the selected components, and their mask (h, w)."""

    ink: Floats
    mask: Mask

    def box(self) -> tuple[int, int, int, int]:
        """Return left, upper, right and lower edge, in pixels."""
        box = Image.fromarray(self.mask).getbbox()
        assert box is not None
        return box


def separate_ink(gray: Image.Image) -> "NDArray[np.uint8]":
    """Return the digit's ink, 0 paper .. 255 ink, (h, w) uint8, of a photograph in mode L, at any scale.

    Raises NothingDrawn.
    """
    small = reduce_to(gray)
    found = _separate(small)
    left, top, right, bottom = found.box()
    size = max(right - left, bottom - top)
    if size < MIN_SIZE * SIDE and small.size != gray.size:
        scale, margin = gray.width / small.width, MARGIN * size
        box = [(left - margin) * scale, (top - margin) * scale, (right + margin) * scale, (bottom + margin) * scale]
        limits = gray.width, gray.height
        corners = [round(min(max(edge, 0), limits[i % 2])) for i, edge in enumerate(box)]
        found = _separate(reduce_to(gray.crop((corners[0], corners[1], corners[2], corners[3]))))
    return found.ink.clip(0, 255).astype(np.uint8)


def _separate(gray: Image.Image) -> Separation:
    """Separate dark and bright ink, and return the one that differs more from the paper around it."""
    pixels = _smooth(np.asarray(gray, np.float32))
    paper = _background(gray)
    window = odd(WINDOW * min(pixels.shape))
    best, most = None, 0.0
    for hat in (closing(pixels, window, window) - pixels, pixels - opening(pixels, window, window)):
        if (found := _select(hat)) is None:
            continue
        contrast = abs(float(np.median(pixels[found.mask]) - np.median(paper[found.mask])))
        if best is None or contrast > most:
            best, most = found, contrast
    if best is None:
        raise NothingDrawn(NO_DIGIT)
    return best


def _select(hat: Floats) -> Separation | None:
    """Select the digit in ink (h, w) with paper near 0, and scale its strokes to 255."""
    ink = remove_lines(hat, odd(LINE_LENGTH * min(hat.shape)))
    level = _stroke_level(ink)
    threshold = max(INK * level, NOISE_FACTOR * float(np.median(hat)), MIN_INK)
    components = find_components(ink > threshold)
    if not len(components):
        return None
    is_strong = components.sums(ink > STRONG_INK * level) > 0
    if not is_strong.any():
        return None
    mask = components.mask(select_digit(components, components.sums(ink), is_strong))
    full = float(np.quantile(ink[mask], 0.9))
    return Separation(np.where(dilate(mask.view(np.uint8), 3, 3), ink * (255 / full), 0).astype(np.float32), mask)


def _stroke_level(ink: Floats) -> float:
    """Return the typical strength of strokes: a fixed point between the strongest ink and the median above half."""
    level = float(np.quantile(ink, STRONGEST))
    for _ in range(3):
        strong = ink > level / 2
        if not strong.any():
            break
        level = 0.5 * level + 0.55 * float(np.median(ink[strong]))
    return level


def _background(gray: Image.Image) -> Floats:
    """Return the local median (h, w), computed at a small size."""
    small = reduce_to(gray, BACKGROUND_SIDE).filter(ImageFilter.MedianFilter(BACKGROUND_WINDOW))
    return np.asarray(small.resize(gray.size, Image.Resampling.BILINEAR), np.float32)


def _smooth(pixels: Floats) -> Floats:
    """Filter with (1, 2, 1) / 4 along both axes."""
    for axis in (0, 1):
        ends = [(1, 1) if i == axis else (0, 0) for i in range(2)]
        padded = np.moveaxis(np.pad(pixels, ends, mode="edge"), axis, 0)
        pixels = np.moveaxis((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / np.float32(4), 0, axis)
    return pixels
