"""Random amounts, one an image, that broadcast over its pixels."""

import numpy as np
from numpy.typing import NDArray

from digits.preprocess import SIZE
from training.augmentation import Floats

ROWS, COLUMNS = np.mgrid[:SIZE, :SIZE].astype(np.float32) - (SIZE - 1) / 2  # from the middle of the picture


def uniform(rng: np.random.Generator, low: float, high: float, n: int) -> Floats:
    """Sample (n, 1, 1), uniform between the limits."""
    return rng.uniform(low, high, (n, 1, 1)).astype(np.float32)


def chance(rng: np.random.Generator, probability: float, n: int) -> NDArray[np.bool_]:
    """Sample (n, 1, 1) booleans."""
    return rng.random((n, 1, 1)) < probability


def frequencies() -> tuple[Floats, Floats]:
    """Return the frequencies of `numpy.fft.rfft2` of a picture: (28, 1) downward and (1, 15) across, cycles a pixel."""
    return np.fft.fftfreq(SIZE).astype(np.float32)[:, None], np.fft.rfftfreq(SIZE).astype(np.float32)[None]


def filtered(images: Floats, response: Floats) -> Floats:
    """Apply a filter given by its frequency response (n, 28, 15)."""
    result: Floats = np.fft.irfft2(np.fft.rfft2(images) * response, (SIZE, SIZE)).astype(np.float32)
    return result


def smooth_noise(rng: np.random.Generator, deviation: Floats) -> Floats:
    """Sample noise (n, 28, 28) of unit variance, smoothed by a Gaussian of a deviation (n, 1, 1), in pixels."""
    down, across = frequencies()
    response = np.exp(-2 * np.pi**2 * deviation**2 * (down**2 + across**2))
    noise = filtered(rng.standard_normal((len(deviation), SIZE, SIZE), np.float32), response)
    noise /= noise.std(axis=(1, 2), keepdims=True)
    return noise
