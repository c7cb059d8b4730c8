"""Random distortion of training images.

Affine and elastic distortion as in P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural
networks applied to visual document analysis", ICDAR 2003; stroke thickness by gray-scale erosion and dilation.
"""

import numpy as np
from numpy.typing import NDArray

from digits.preprocess import SIZE
from training.dataset import Images
from training.recipes import Distortion

CHUNK = 256  # images distorted at once, to fit the processor's cache
KNOTS = 6  # control points of the elastic field on each axis: few enough to bend strokes without scattering pixels

type Floats = NDArray[np.float32]


def augment(images: Images, distortion: Distortion, rng: np.random.Generator) -> Images:
    """Distort each image by random amounts: (n, 28, 28) uint8 -> (n, 28, 28) uint8, both 0..255."""
    distorted = np.empty_like(images)
    for start in range(0, len(images), CHUNK):
        chunk = images[start : start + CHUNK]
        rows, columns = _sources(len(chunk), distortion, rng)
        thickened = _thicken(interpolate(chunk, rows, columns), distortion.thickness, rng)
        distorted[start : start + CHUNK] = thickened.round()
    return distorted


def _sources(n: int, distortion: Distortion, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the source row and column of each distorted pixel, (n, 28, 28) each, in pixels."""

    def amount(limit: float) -> Floats:
        return rng.uniform(-limit, limit, (n, 1, 1)).astype(np.float32)

    angle, shear = np.deg2rad(amount(distortion.rotation)), amount(distortion.shear)
    height, width = 1 + amount(distortion.scale), 1 + amount(distortion.scale)
    center = np.float32((SIZE - 1) / 2)
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)[:, None] - center
    sine, cosine = np.sin(angle), np.cos(angle)
    rows = (sine * x + cosine * y) * height + center + amount(distortion.shift)
    columns = (cosine * x - sine * y) * width + shear * y + center + amount(distortion.shift)
    field = _smooth_field(n, distortion.elastic, rng)
    return rows + field[:, 0], columns + field[:, 1]


def _smooth_field(n: int, deviation: float, rng: np.random.Generator) -> Floats:
    """Sample displacements (n, 2, 28, 28) in pixels: random at KNOTS x KNOTS points, Gaussian in between."""
    knots = np.linspace(0, SIZE - 1, KNOTS)
    spread = np.exp(-0.5 * ((np.arange(SIZE)[:, None] - knots) / (knots[1] * 0.75)) ** 2)
    spread /= np.sqrt((spread**2).sum(axis=1, keepdims=True))  # unit variance at every pixel
    spread = (spread * np.sqrt(deviation)).astype(np.float32)  # applied on two axes
    points = rng.standard_normal((n, 2, KNOTS, KNOTS), np.float32)
    field: Floats = spread @ points @ spread.T
    return field


def interpolate(images: Images | Floats, rows: Floats, columns: Floats) -> Floats:
    """Interpolate the images bilinearly at fractional positions; outside is paper."""
    n, border = len(images), 2
    side = SIZE + 2 * border
    padded = np.zeros((n, side, side), np.float32)
    padded[:, border:-border, border:-border] = images
    rows = np.clip(rows + border, 0, side - 1.001)
    columns = np.clip(columns + border, 0, side - 1.001)
    top, left = np.floor(rows), np.floor(columns)
    down, right = rows - top, columns - left
    corner = (top * side + left).astype(np.intp) + (np.arange(n) * side * side)[:, None, None]
    upper_left, upper_right, lower_left, lower_right = (
        padded.take(corner + offset, mode="clip") for offset in (0, 1, side, side + 1)
    )
    upper = upper_left + right * (upper_right - upper_left)
    lower = lower_left + right * (lower_right - lower_left)
    return upper + down * (lower - upper)


def _thicken(images: Floats, limit: float, rng: np.random.Generator) -> Floats:
    """Blend each image by a random fraction with its erosion (thinner) or dilation (thicker).

    By numpy, because scipy.ndimage takes three times as long, 2 s of every epoch.
    """
    fraction = rng.uniform(-limit, limit, (len(images), 1, 1)).astype(np.float32)
    thicker = np.maximum.reduce(neighbors(images))
    thinner = np.minimum.reduce(neighbors(images))
    return images + np.where(fraction > 0, fraction * (thicker - images), -fraction * (thinner - images))  # type: ignore[no-any-return]


def neighbors(images: Floats) -> list[Floats]:
    """Return the images and their four copies shifted by one pixel, whose maximum is the dilation by a cross."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    shifts = ((1, 2), (1, 0), (2, 1), (0, 1))
    return [images, *(padded[:, down : SIZE + down, right : SIZE + right] for down, right in shifts)]
