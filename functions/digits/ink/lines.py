"""Removal of printed lines: ruled and squared paper, margins, frames, form cells."""

import numpy as np

from digits.ink.morphology import Gray, dilate, opening

MAX_THICKNESS = 0.03  # of the shorter side; thicker than that is a pen's stroke
MIN_EXCESS = 1.35, 6.0  # factor and gray levels by which ink on a line is stronger than the line
MIN_REST = 0.05  # share of the ink: if less remains, the lines were the digit


def remove_lines(ink: Gray, length: int) -> Gray:
    """Set straight horizontal and vertical lines of at least `length` pixels to 0.

    ink: (h, w) float32, 0 paper .. 255; a line may tilt by one pixel in its length
    """
    thickness = odd(MAX_THICKNESS * min(ink.shape))
    horizontal = opening(dilate(ink, 3, 1), 1, length)
    vertical = opening(dilate(ink, 1, 3), length, 1)
    lines = np.maximum(horizontal - opening(horizontal, thickness, 1), vertical - opening(vertical, 1, thickness))
    factor, levels = MIN_EXCESS
    rest = np.where(ink > factor * lines + levels, ink, 0)
    return rest if rest.sum() > MIN_REST * ink.sum() else ink


def odd(length: float) -> int:
    """Round to an odd number of pixels, at least 3."""
    return max(3, int(length) | 1)
