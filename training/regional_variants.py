"""Images come in; the same go out, some of them as Europe writes: ones with an upstroke and a base, sevens with a bar,
fours whose stem begins at the bar.

MNIST's writers were American: to a model that knows only them, such a one is a seven and such a four is a five.
"""

import numpy as np
from numpy.typing import NDArray

from training.dataset import Images, Split

type Floats = NDArray[np.float64]

UPSTROKE, STEEPNESS = (0.2, 0.6), (25, 60)  # its length as a share of the digit's height; degrees from upright
BASES, BASE = 0.1, (0.15, 0.3)  # how many of these ones stand on a line, and half its length
BAR, BAR_HEIGHT = (0.12, 0.25), (0.4, 0.65)  # half the length of a seven's bar; how far down it is
PAPER = 50  # what is no lighter than this is ink
PEN = (0.7, 1.3)  # pixels, half the width of the stroke


def european(split: Split, share: float, rng: np.random.Generator) -> Images:
    """Redraw a share of the ones, fours and sevens: (n, 28, 28) uint8 -> the same, 0 paper .. 255 ink."""
    images = split.images.copy()
    chosen = rng.random(len(split)) < share
    ones, fours, sevens = (np.flatnonzero(chosen & (split.labels == digit)) for digit in (1, 4, 7))
    top, height = _extent(images[ones])
    head = np.stack([top, _column(images[ones], top + 1)])
    length, angle = _between(rng, UPSTROKE, ones) * height, np.deg2rad(_between(rng, STEEPNESS, ones))
    images[ones] = _stroke(images[ones], head, head + length * np.stack([np.cos(angle), -np.sin(angle)]), rng)
    based = ones[standing := rng.random(len(ones)) < BASES]
    bottom = (top + height)[standing]
    images[based] = _across(images[based], bottom, bottom - 1, _between(rng, BASE, based) * height[standing], rng)
    images[fours] = _shorten(images[fours])
    top, height = _extent(images[sevens])
    middle = top + _between(rng, BAR_HEIGHT, sevens) * height
    images[sevens] = _across(images[sevens], middle, middle, _between(rng, BAR, sevens) * height, rng)
    return images


def _shorten(images: Images) -> Images:
    """Take the stem out of the rows of a four in which it stands apart from the stroke to its left."""
    ink = (images > PAPER)[:, :, ::-1]  # from the right
    begins = ink & ~np.pad(ink, ((0, 0), (0, 0), (1, 0)))[:, :, :-1]
    stem = (begins.cumsum(axis=2) < 2) & (begins.sum(axis=2, keepdims=True) == 2)  # all that is right of the stroke
    return np.where(stem[:, :, ::-1], 0, images)


def _between(rng: np.random.Generator, limits: tuple[float, float], drawn: NDArray[np.intp]) -> Floats:
    return rng.uniform(*limits, len(drawn))


def _extent(images: Images) -> tuple[Floats, Floats]:
    """The first row with ink and the rows from there to the last, of each image."""
    inked = images.max(axis=2) > 127
    top = inked.argmax(axis=1)
    return top.astype(float), (inked.shape[1] - 1 - inked[:, ::-1].argmax(axis=1) - top).astype(float)


def _column(images: Images, rows: Floats) -> Floats:
    """Where the ink of one row of each image is, in the mean."""
    row = images[np.arange(len(images)), rows.round().astype(int).clip(0, 27)].astype(float)
    mean: Floats = (row @ np.arange(28)) / np.maximum(row.sum(axis=1), 1)
    return mean


def _across(images: Images, rows: Floats, inked: Floats, reach: Floats, rng: np.random.Generator) -> Images:
    """Draw a level line through the ink of the row `inked`."""
    middle = np.stack([rows, _column(images, inked)])
    aside = np.stack([np.zeros_like(reach), reach])
    return _stroke(images, middle - aside, middle + aside, rng)


def _stroke(images: Images, start: Floats, end: Floats, rng: np.random.Generator) -> Images:
    """Draw a line with round ends into each image; start and end are (2, n): row, column."""
    grid = np.mgrid[:28, :28].astype(float)[:, None]
    start, end = start[..., None, None], end[..., None, None]
    along = ((grid - start) * (end - start)).sum(axis=0) / np.maximum(((end - start) ** 2).sum(axis=0), 1e-9)
    distance = np.sqrt(((grid - start - along.clip(0, 1) * (end - start)) ** 2).sum(axis=0))
    half_width = rng.uniform(*PEN, (len(images), 1, 1))
    return np.maximum(images, ((half_width + 0.5 - distance).clip(0, 1) * 255).astype(np.uint8))
