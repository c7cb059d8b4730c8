"""Noise and blur: shot noise, impulse noise, glass blur, motion blur."""

import numpy as np
from scipy.ndimage import convolve, gaussian_filter

from digits.preprocess import SIZE
from evaluation.robustness.corruptions.arrays import Intensities, intensities, to_images
from training.dataset import Images

PHOTONS = 3  # counted at full ink
IMPULSES = 0.17  # share of the pixels that become paper or full ink
GLASS_SIGMA, GLASS_REACH, GLASS_ROUNDS = 0.7, 1, 2  # pixels, pixels, shuffles
MOTION_RADIUS, MOTION_SIGMA, MOTION_ANGLE = 10, 3, 45  # pixels, pixels, degrees either way


def shot_noise(images: Images, rng: np.random.Generator) -> Images:
    """Replace the ink of each pixel by a Poisson count of few photons."""
    return to_images(rng.poisson(intensities(images) * PHOTONS) / PHOTONS)


def impulse_noise(images: Images, rng: np.random.Generator) -> Images:
    """Set random pixels to paper or to full ink (salt and pepper)."""
    hit = rng.random(images.shape) < IMPULSES
    return np.where(hit, rng.integers(0, 2, images.shape) * 255, images).astype(np.uint8)


def glass_blur(images: Images, rng: np.random.Generator) -> Images:
    """Blur, swap pixels with near ones as frosted glass does, and blur again."""
    values = _blur(intensities(images))
    each = np.arange(len(values))
    inside = range(SIZE - GLASS_REACH - 1, GLASS_REACH - 1, -1)
    for _ in range(GLASS_ROUNDS):
        for row in inside:
            for column in inside:
                moves = rng.integers(-GLASS_REACH, GLASS_REACH, (2, len(values))) * rng.integers(0, 2, len(values))
                other = each, row + moves[0], column + moves[1]
                values[:, row, column], values[other] = values[other], values[:, row, column].copy()
    return to_images(_blur(values))


def motion_blur(images: Images, rng: np.random.Generator) -> Images:
    """Smear the ink to one side of it along a random line, ever fainter."""
    angles = rng.uniform(-MOTION_ANGLE, MOTION_ANGLE, len(images))
    pairs = zip(intensities(images), angles, strict=True)
    return to_images(np.stack([convolve(image, _trail(angle), mode="nearest") for image, angle in pairs]))


def _trail(angle: float) -> Intensities:
    """Return a kernel of sum 1: half of a Gaussian, from the middle in the direction of an angle in degrees."""
    steps = np.arange(MOTION_RADIUS + 1)
    weights = np.exp(-(steps**2) / (2 * MOTION_SIGMA**2))
    down, right = (steps * part for part in (np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))))
    kernel = np.zeros(2 * (2 * MOTION_RADIUS + 1,))
    kernel[MOTION_RADIUS + down.round().astype(int), MOTION_RADIUS + right.round().astype(int)] = weights
    return kernel / kernel.sum()


def _blur(values: Intensities) -> Intensities:
    return np.asarray(gaussian_filter(values, (0, GLASS_SIGMA, GLASS_SIGMA)))
