"""Lines across the image: dotted line, zigzag."""

import numpy as np
from numpy.typing import NDArray

from digits.preprocess import SIZE
from evaluation.robustness.corruptions.arrays import Intensities, intensities, to_images
from training.dataset import Images

FADE = 2.3  # pixels from the line, at which ink would be infinitely faint: intensity is 1 + ln(1 - distance / FADE)
DOT = 2  # columns of each dot, and of each gap
LEFT, RIGHT = 2, 25  # columns where a zigzag begins and ends
TOOTH, HEIGHT = 2.0, 2.0  # pixels along the line from a corner to the next crossing, and away from it
SLOPE = 5  # rows that a zigzag may rise or fall in all
COLUMNS = np.arange(SIZE)


def dotted_line(images: Images, rng: np.random.Generator) -> Images:
    """Draw a dotted straight line from the left to the right edge."""
    rows = rng.integers(0, SIZE - 1, (len(images), 2))
    dots = COLUMNS // DOT % 2 == 1
    lines = [_ink(np.interp(COLUMNS, (0, SIZE - 1), ends)) * dots for ends in rows.astype(float)]
    return to_images(intensities(images) + np.stack(lines))


def zigzag(images: Images, rng: np.random.Generator) -> Images:
    """Draw a zigzag of small teeth from the left to the right."""
    starts = rng.integers(0, SIZE - 1, len(images))
    ends = starts + rng.integers(-SLOPE, SLOPE, len(images))
    lines = [_zigzag(float(start), float(end)) for start, end in zip(starts, ends, strict=True)]
    return to_images(intensities(images) + np.stack(lines))


def _ink(rows: NDArray[np.float64]) -> Intensities:
    """Return the ink (28, 28) of a line that passes each column at one of these rows (28,); none where it is NaN."""
    distance = np.nan_to_num(abs(COLUMNS[:, None] - rows), nan=FADE).clip(max=FADE * (1 - 1e-9))
    return (1 + np.log(1 - distance / FADE)).clip(0, 1)


def _zigzag(start: float, end: float) -> Intensities:
    """Return the ink (28, 28) of a zigzag around the line between two rows at LEFT and RIGHT."""
    width, rise = RIGHT - LEFT, end - start
    length = np.hypot(width, rise)
    along = np.arange(TOOTH, length, 2 * TOOTH)
    across = HEIGHT * (1 - 2 * (np.arange(len(along)) % 2))
    along, across = np.array([0, *along, length]), np.array([0, *across, 0])
    columns = LEFT + (along * width - across * rise) / length
    rows = start + (along * rise + across * width) / length
    return _ink(np.interp(COLUMNS, columns, rows, left=np.nan, right=np.nan))
