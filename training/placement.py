"""Contrast, size and position of changed digits, as `digits.preprocess.normalize` sets them.

For many images at once, without a call of Pillow for each.
"""

import numpy as np
from numpy.typing import NDArray

from digits.preprocess import CENTER, DIGIT, SIZE
from training.augmentation import Floats, interpolate

INK = 255


def place(images: Floats, noise: Floats | float = 0.0) -> Floats:
    """Stretch the contrast, scale the digit to 20 pixels and center its mass: (n, 28, 28) -> the same, 0..255.

    noise: up to this gray level a pixel is not ink; one for all images, or (n, 1, 1). Images without ink stay.
    """
    stretched = _stretch_contrast(images)
    inked = stretched > noise
    top, height = _extent(inked.any(axis=2))
    left, width = _extent(inked.any(axis=1))
    scale = (DIGIT / np.maximum(height, width)).astype(np.float32)
    ink = stretched * inked
    mass, indices = ink.sum(axis=(1, 2)).clip(1), np.arange(SIZE, dtype=np.float32)
    rows = _sources(top, height, ink.sum(axis=2) @ indices / mass, scale)[:, :, None]
    columns = _sources(left, width, ink.sum(axis=1) @ indices / mass, scale)[:, None]
    placed = interpolate(stretched, np.broadcast_to(rows, images.shape), np.broadcast_to(columns, images.shape))
    return np.where(inked.any(axis=(1, 2), keepdims=True), placed, images)


def _stretch_contrast(images: Floats) -> Floats:
    """Map the median of the outermost pixels to 0 and the strongest ink, darker or lighter, to 255."""
    edges = np.concatenate((images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]), axis=1)
    paper = np.median(edges, axis=1)[:, None, None]
    lightest, darkest = images.max(axis=(1, 2), keepdims=True), images.min(axis=(1, 2), keepdims=True)
    lighter = lightest - paper >= paper - darkest
    distance = np.where(lighter, images - paper, paper - images)
    contrast = np.where(lighter, lightest - paper, paper - darkest).clip(1)
    return (distance * (INK / contrast)).clip(0, INK)


def _extent(inked: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the first index with ink and the number of indices to the last, (n,) each, of (n, 28)."""
    first, last = inked.argmax(axis=1), SIZE - inked[:, ::-1].argmax(axis=1)
    return first.astype(np.float32), (last - first).astype(np.float32)


def _sources(start: Floats, length: Floats, mean: Floats, scale: Floats) -> Floats:
    """Return the source index of each of the 28 rows (or columns), (n, 28), with the ink's mean on CENTER."""
    place = (CENTER + 0.5 - (mean - start + 0.5) * scale).round().clip(0, SIZE - length * scale)
    sources: Floats = (start[:, None] + (np.arange(SIZE) + 0.5 - place[:, None]) / scale[:, None] - 0.5).astype(
        np.float32
    )
    return sources
