"""Variants of MNIST's digits: zeros with a slash, ones with an upstroke and a base, sevens with a bar, fours whose stem
begins at the bar.

MNIST's writers were American: a model trained only on them classifies such a one as a seven and such a four as a five.
"""

import numpy as np
from numpy.typing import NDArray

from digits.preprocess import SIZE
from training.dataset import Images, Split
from training.placement import place

type Floats = NDArray[np.float64]

UPSTROKE, UPSTROKE_ANGLE = (0.2, 0.6), (25, 60)  # length as a fraction of the digit's height; degrees from vertical
BASE_PROBABILITY, BASE = 0.1, (0.15, 0.3)  # how many of these ones have a base, and half its length
BAR, BAR_HEIGHT = (0.12, 0.25), (0.4, 0.65)  # half the length of a seven's bar; its distance from the top
SLASH_BEYOND = (-0.15, 0.25)  # how far a zero's slash extends beyond its box, as a fraction of the width and height
MIN_INK = 50  # of 255; up to this it is paper when a four's strokes are separated
EXTENT_INK = 127  # of 255; up to this it is paper when the height is measured
PEN = (0.7, 1.3)  # pixels, half the width of the stroke


def draw_regional_variants(split: Split, fraction: float, rng: np.random.Generator) -> Images:
    """Redraw a fraction of the zeros, ones, fours and sevens: (n, 28, 28) uint8 -> the same, 0 paper .. 255 ink."""
    images = split.images.copy()
    chosen = rng.random(len(split)) < fraction
    zeros, ones, fours, sevens = (np.flatnonzero(chosen & (split.labels == digit)) for digit in (0, 1, 4, 7))
    images[zeros] = _slash(images[zeros], rng)
    top, height = _extent(images[ones])
    head = np.stack([top, _ink_column(images[ones], top + 1)])
    length, angle = _sample(rng, UPSTROKE, ones) * height, np.deg2rad(_sample(rng, UPSTROKE_ANGLE, ones))
    images[ones] = _stroke(images[ones], head, head + length * np.stack([np.cos(angle), -np.sin(angle)]), rng)
    with_base = ones[selected := rng.random(len(ones)) < BASE_PROBABILITY]
    bottom = (top + height)[selected]
    reach = _sample(rng, BASE, with_base) * height[selected]
    images[with_base] = _horizontal(images[with_base], bottom, bottom - 1, reach, rng)
    images[fours] = _shorten_stem(images[fours])
    top, height = _extent(images[sevens])
    bar = top + _sample(rng, BAR_HEIGHT, sevens) * height
    images[sevens] = _horizontal(images[sevens], bar, bar, _sample(rng, BAR, sevens) * height, rng)
    return images


def _slash(images: Images, rng: np.random.Generator) -> Images:
    """Draw a line from the upper right to the lower left; one that extends beyond the zero makes it smaller."""
    top, height = _extent(images)
    left, width = _extent(images.transpose(0, 2, 1))
    upper, right, lower, inner = rng.uniform(*SLASH_BEYOND, (4, len(images)))
    start = np.stack([top - upper * height, left + (1 + right) * width])
    end = np.stack([top + (1 + lower) * height, left - inner * width])
    slashed = _stroke(images, start, end, rng).astype(np.float32)
    return place(slashed).round().astype(np.uint8)


def _shorten_stem(images: Images) -> Images:
    """Remove a four's stem from the rows where it is separate from the stroke to its left."""
    ink = (images > MIN_INK)[:, :, ::-1]  # from the right
    starts = ink & ~np.pad(ink, ((0, 0), (0, 0), (1, 0)))[:, :, :-1]
    stem = (starts.cumsum(axis=2) < 2) & (starts.sum(axis=2, keepdims=True) == 2)  # all to the right of the stroke
    return np.where(stem[:, :, ::-1], 0, images)


def _sample(rng: np.random.Generator, limits: tuple[float, float], chosen: NDArray[np.intp]) -> Floats:
    return rng.uniform(*limits, len(chosen))


def _extent(images: Images) -> tuple[Floats, Floats]:
    """Return the first row with ink and the distance to the last, of each image."""
    inked = images.max(axis=2) > EXTENT_INK
    top = inked.argmax(axis=1)
    return top.astype(float), (inked.shape[1] - 1 - inked[:, ::-1].argmax(axis=1) - top).astype(float)


def _ink_column(images: Images, rows: Floats) -> Floats:
    """Return the mean column of the ink in one row of each image."""
    row = images[np.arange(len(images)), rows.round().astype(int).clip(0, SIZE - 1)].astype(float)
    mean: Floats = (row @ np.arange(SIZE)) / np.maximum(row.sum(axis=1), 1)
    return mean


def _horizontal(images: Images, rows: Floats, ink_rows: Floats, reach: Floats, rng: np.random.Generator) -> Images:
    """Draw a horizontal line in `rows`, centered on the ink of `ink_rows`, `reach` pixels to each side."""
    center = np.stack([rows, _ink_column(images, ink_rows)])
    half = np.stack([np.zeros_like(reach), reach])
    return _stroke(images, center - half, center + half, rng)


def _stroke(images: Images, start: Floats, end: Floats, rng: np.random.Generator) -> Images:
    """Draw a line with round ends into each image; start and end are (2, n): row, column."""
    grid = np.mgrid[:SIZE, :SIZE].astype(float)[:, None]
    start, end = start[..., None, None], end[..., None, None]
    along = ((grid - start) * (end - start)).sum(axis=0) / np.maximum(((end - start) ** 2).sum(axis=0), 1e-9)
    distance = np.sqrt(((grid - start - along.clip(0, 1) * (end - start)) ** 2).sum(axis=0))
    half_width = rng.uniform(*PEN, (len(images), 1, 1))
    return np.maximum(images, ((half_width + 0.5 - distance).clip(0, 1) * 255).astype(np.uint8))
