"""What cameras and scanners do: noise, blur, uneven background, inverted parts, saturation."""

import numpy as np

from digits.preprocess import SIZE
from training.augmentation import Floats, interpolate
from training.degradation.sampling import COLUMNS, ROWS, chance, filtered, frequencies, smooth_noise, uniform

INK = 255


def add_noise(images: Floats, rng: np.random.Generator) -> Floats:
    """Add noise of the sensor: of every pixel alike, or of the ink only, as its light's."""
    n = len(images)
    deviation = uniform(rng, 10, 90, n) * np.where(chance(rng, 0.4, n), np.sqrt(images / INK), 1)
    return (images + deviation * rng.standard_normal(images.shape, np.float32)).clip(0, INK)


def add_salt_and_pepper(images: Floats, rng: np.random.Generator) -> Floats:
    """Set up to a third of the pixels to paper or to ink."""
    limit = uniform(rng, 0.005, 0.17, len(images))
    dice = rng.random(images.shape, np.float32)
    return np.where(dice < limit, 0, np.where(dice > 1 - limit, INK, images))


def blur(images: Floats, rng: np.random.Generator) -> Floats:
    """Blur as a lens out of focus (a Gaussian) and as a moving hand (a line)."""
    n = len(images)
    down, across = frequencies()
    deviation = uniform(rng, 0.3, 1.6, n)
    angle, length = uniform(rng, 0, np.pi, n), uniform(rng, 0, 8, n) * chance(rng, 0.6, n)
    moved = np.sinc(length * (across * np.cos(angle) + down * np.sin(angle)))
    blurred = filtered(images, np.exp(-2 * np.pi**2 * deviation**2 * (down**2 + across**2)) * moved)
    strongest = blurred.max(axis=(1, 2), keepdims=True).clip(1)
    stretched: Floats = (blurred * INK / strongest).clip(0, INK)
    return stretched


def scatter(images: Floats, rng: np.random.Generator) -> Floats:
    """Take every pixel from a random place nearby, as through rough glass."""
    n = len(images)
    reach = uniform(rng, 0.5, 2.2, n)
    middle = np.float32((SIZE - 1) / 2)
    rows, columns = (grid + middle + reach * rng.uniform(-1, 1, images.shape) for grid in (ROWS, COLUMNS))
    return interpolate(images, rows.astype(np.float32), columns.astype(np.float32))


def add_background(images: Floats, rng: np.random.Generator) -> Floats:
    """Add clouds, folds and shadows of the paper."""
    n = len(images)
    coarse, fine = smooth_noise(rng, uniform(rng, 2, 8, n)), smooth_noise(rng, uniform(rng, 0.7, 2, n))
    clouds = coarse + uniform(rng, 0, 0.8, n) * fine + uniform(rng, 0, 2, n)
    haze = uniform(rng, 10, 90, n) * clouds.clip(0)
    hazy: Floats = images * uniform(rng, 0.5, 1, n) + haze
    return hazy


def invert_part(images: Floats, rng: np.random.Generator) -> Floats:
    """Swap ink and paper in a rectangle, which may span the picture."""
    n = len(images)
    upright, spans = chance(rng, 0.5, n), chance(rng, 0.6, n)
    first, second = (np.abs(grid - uniform(rng, -9, 9, n)) < uniform(rng, 2, 11, n) for grid in (ROWS, COLUMNS))
    inside = np.where(upright, second & (first | spans), first & (second | spans))
    return np.where(inside, INK - images, images)


def saturate(images: Floats, rng: np.random.Generator) -> Floats:
    """Raise the contrast until grays turn into ink, or bend it."""
    n = len(images)
    gain, gamma = np.exp(uniform(rng, -0.3, 2.0, n)), np.exp(uniform(rng, -0.9, 0.9, n))
    return INK * (gain * images / INK).clip(0, 1) ** gamma
