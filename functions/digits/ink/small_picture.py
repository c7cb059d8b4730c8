"""Removal of stripes, uneven paper, specks and stains from pictures about as small as the models' input."""

from typing import TYPE_CHECKING

import numpy as np

from digits.ink.components import find_components
from digits.ink.morphology import closing, dilate, opening
from digits.preprocess import outermost

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = 7  # pixels, wider than the strokes of a digit that fills 28x28 pixels
STRIPE_AGREEMENT = 24, 0.9  # gray levels between both ends of a column, and the share of columns
STRIPE_CONTRAST = 96  # gray levels between columns
PAPER_TOLERANCE = 4  # gray levels; at least half of an even paper's border is this close to its median
MIN_CONTRAST = 16.0  # gray levels
INK = 0.35  # of the strongest ink; weaker and apart from strokes is a stain
FAINTEST_STAIN = 0.06  # of the strongest ink
STAINED = 12  # pixels, at least; MNIST's images have fewer
SPECK = 5  # pixels, at most
SPECKS = 4  # at least; fewer are parts of a digit

type Gray = NDArray[np.uint8]
type Floats = NDArray[np.float32]


def clean(pixels: Gray) -> Gray:
    """Return the ink (h, w), 0 paper .. 255, or the same pixels (h, w) uint8 if there is nothing to remove."""
    level = _flatten_stripes(pixels.astype(np.float32))
    paper, is_even = _paper(level)
    ink = _away_from(level, paper) if is_even else _local_contrast(level)
    full = float(ink.max()) if is_even else float(np.median(ink[ink >= ink.max() / 2]))
    if full < MIN_CONTRAST:
        return pixels
    strong = ink > INK * full
    stains = (ink > FAINTEST_STAIN * full) & ~dilate(strong, 3, 3)
    components = find_components(strong)
    is_speck = components.sums(strong) <= SPECK
    has_specks = is_speck.sum() >= SPECKS and not is_speck.all()
    is_clean = is_even and stains.sum() < STAINED and not has_specks
    if is_clean:
        return pixels if np.array_equal(level, pixels) else _to_255(ink, full)
    parts = np.nonzero(~is_speck)[0] if has_specks else np.arange(len(components))
    return np.where(dilate(components.mask(parts), 3, 3), _to_255(ink, full), np.uint8(0))


def _to_255(ink: Floats, full: float) -> Gray:
    scaled: Gray = np.minimum(ink * (255 / full), 255).astype(np.uint8)
    return scaled


def _flatten_stripes(level: Floats) -> Floats:
    """Subtract what joins both ends of each column, then of each row, if it differs from column to column."""
    tolerance, share = STRIPE_AGREEMENT
    for _ in range(2):
        first, last = level[0], level[-1]
        differs = np.ptp(np.minimum(first, last)) > STRIPE_CONTRAST
        if differs and (np.abs(first - last) <= tolerance).mean() > share:
            level = np.abs(level - (first + last) / 2)
        level = level.T
    return level


def _paper(level: Floats) -> tuple[float, bool]:
    """Return the median of the outermost pixels, and whether it is the level of the paper everywhere."""
    edge = np.sort(np.concatenate(outermost(level)))
    paper = float(edge[(len(edge) - 1) // 2] + edge[len(edge) // 2]) / 2
    return paper, bool((np.abs(edge - paper) <= PAPER_TOLERANCE).mean() >= 0.5)


def _away_from(level: Floats, paper: float) -> Floats:
    """Return the distance from the paper in the direction of the strongest ink, 0 in the other."""
    distance = level - paper
    ink: Floats = np.maximum(distance if distance.max() >= -distance.min() else -distance, 0)
    return ink


def _local_contrast(level: Floats) -> Floats:
    """Return what is brighter, or darker, than the window around it, whichever is stronger."""
    window = min(WINDOW, *(side | 1 for side in level.shape))
    dark, bright = closing(level, window, window) - level, level - opening(level, window, window)
    strongest = slice(-level.size // 20, None)
    return max(bright, dark, key=lambda hat: float(np.sort(hat, axis=None)[strongest].mean()))
