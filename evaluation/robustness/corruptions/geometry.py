"""Affine corruptions around the middle of the image: shear, scale, rotation, translation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform

from digits.preprocess import SIZE
from evaluation.robustness.corruptions.arrays import intensities, signs, to_images
from training.dataset import Images

MIDDLE = (SIZE - 1) / 2  # pixel index
SHEAR = 0.4  # tangent of the slant
SCALE = 0.7  # times the size
ANGLE = 0.4  # radians
SHIFT = 3  # pixels, in both axes

type Matrices = NDArray[np.float64]  # (n, 2, 2), from rows and columns of the result to those of the image


def shear(images: Images, rng: np.random.Generator) -> Images:
    """Slant to the left or to the right."""
    slant = SHEAR * signs(rng, len(images))
    return _transform(images, _matrices(1, 0, slant, 1))


def scale(images: Images, rng: np.random.Generator) -> Images:
    """Shrink."""
    return _transform(images, _matrices(1 / SCALE, 0, np.zeros(len(images)), 1 / SCALE))


def rotate(images: Images, rng: np.random.Generator) -> Images:
    """Turn to the left or to the right."""
    angle = ANGLE * signs(rng, len(images))
    return _transform(images, _matrices(np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)))


def translate(images: Images, rng: np.random.Generator) -> Images:
    """Move in a diagonal direction, possibly out of the image."""
    return _transform(images, _matrices(1, 0, np.zeros(len(images)), 1), SHIFT * signs(rng, len(images), 2))


def _matrices(*entries: NDArray[np.floating[Any]] | float) -> Matrices:
    return np.stack(np.broadcast_arrays(*entries), axis=-1).reshape(-1, 2, 2)


def _transform(images: Images, matrices: Matrices, shifts: NDArray[np.int64] | None = None) -> Images:
    """Sample bilinearly; pixels outside of the image are paper."""
    moves = np.zeros((len(images), 2)) if shifts is None else shifts
    offsets = MIDDLE - matrices @ np.full(2, MIDDLE) - moves
    pairs = zip(intensities(images), matrices, offsets, strict=True)
    return to_images(np.stack([affine_transform(*pair, order=1) for pair in pairs]))
