"""Removal of frames, lines and other ink from a picture with paper of one gray level."""

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from digits.ink.components import find_components
from digits.ink.lines import odd, remove_lines
from digits.ink.morphology import dilate
from digits.ink.reduction import reduce_to
from digits.ink.selection import select_digit

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_PAPER_SHARE = 0.45  # of the pixels on one level; in photographs it is below 0.3
LINE_LENGTH = 0.75  # of the shorter side
INK = 0.25  # of the strongest ink; weaker is a JPEG's halo
MIN_INK = 8.0  # gray levels
STRONG_INK = 0.6  # of the strongest ink

type Gray = NDArray[np.uint8]


def paper_level(gray: Image.Image) -> int | None:
    """Return the gray level of the paper, or None if it has no single one. gray: mode L."""
    counts = np.array(gray.histogram())
    near = np.convolve(counts, np.ones(3), "same")  # a JPEG's paper is on two or three levels
    level = int(near.argmax())
    if near[level] < MIN_PAPER_SHARE * counts.sum():
        return None
    return max(range(max(level - 1, 0), min(level + 2, 256)), key=lambda i: counts[i])


def erase_clutter(gray: Image.Image, paper: int) -> Gray:
    """Set everything but the digit to the level of the paper. Mode L -> (height, width) uint8.

    The pixels are unchanged if nothing but one digit is found.
    """
    pixels = np.asarray(gray)
    distance = np.abs(np.asarray(reduce_to(gray), np.float32) - paper)
    ink = remove_lines(distance, odd(LINE_LENGTH * min(distance.shape)))
    strongest = max(float(np.quantile(ink, 0.998)), float(ink.max()) / 2)
    mask = ink > max(INK * strongest, MIN_INK)
    components = find_components(mask)
    if not len(components):
        return pixels
    is_strong = components.sums(ink > STRONG_INK * strongest) > 0
    digit = components.mask(select_digit(components, components.sums(ink), is_strong))
    if digit[mask].all() and (ink == distance).all():
        return pixels
    kept = Image.fromarray(dilate(digit.view(np.uint8), 3, 3)).resize(gray.size, Image.Resampling.NEAREST)
    return np.where(np.asarray(kept), pixels, np.uint8(paper))
