"""Light and dirt over the whole image: brightness, stripe, fog, spatter."""

import numpy as np
from scipy.ndimage import gaussian_filter

from digits.preprocess import SIZE
from evaluation.robustness.corruptions.arrays import Intensities, intensities, to_images
from training.dataset import Images

BRIGHTNESS = 0.5  # added to every pixel, of 0..1
STRIPE = 7  # pixels from the left and the right edge, inverted
FOG, FOG_DECAY = 3.0, 1.4  # of 1 for ink; each finer octave deviates by its square less
FOG_SIDE = 256  # pixels of the plasma, of which the image shows a corner
SPATTER_MEAN, SPATTER_DEVIATION, SPATTER_SIGMA = 0.65, 0.3, 1.0  # of the liquid, before and of its blur
SPATTER_LEVEL = 0.65  # of the liquid, above which it is a drop
DROP_SIGMA, DROP_EDGE, DROP_COLOR = 1.5, 0.8, 63 / 255


def brightness(images: Images, rng: np.random.Generator) -> Images:
    """Lift every pixel, so that paper becomes gray."""
    return to_images(intensities(images) + BRIGHTNESS)


def stripe(images: Images, rng: np.random.Generator) -> Images:
    """Invert all but the stripe in the middle."""
    striped = images.copy()
    for side in (slice(None, STRIPE), slice(SIZE - STRIPE, None)):
        striped[:, :, side] = 255 - images[:, :, side]
    return striped


def fog(images: Images, rng: np.random.Generator) -> Images:
    """Lay an uneven, bright veil over the image and restore its highest intensity."""
    clear = intensities(images)
    highest = clear.max(axis=(1, 2), keepdims=True)
    veil = np.stack([_plasma(rng)[:SIZE, :SIZE] for _ in images])
    return to_images((clear + FOG * veil) * highest / (highest + FOG))


def spatter(images: Images, rng: np.random.Generator) -> Images:
    """Cover blots of the image with gray mud."""
    liquid = gaussian_filter(rng.normal(SPATTER_MEAN, SPATTER_DEVIATION, images.shape), (0, *2 * (SPATTER_SIGMA,)))
    cover = gaussian_filter((liquid > SPATTER_LEVEL).astype(float), (0, *2 * (DROP_SIGMA,)))
    cover[cover < DROP_EDGE] = 0
    return to_images(intensities(images) * (1 - cover) + cover * DROP_COLOR)


def _plasma(rng: np.random.Generator) -> Intensities:
    """Make a cloud (FOG_SIDE, FOG_SIDE) of 0..1 that repeats at its edges, by the diamond-square algorithm.

    A. Fournier, D. Fussell, L. Carpenter, "Computer rendering of stochastic models", CACM 25(6), 1982.
    """
    cloud: Intensities = np.zeros((1, 1))
    roughness = 1.0
    while len(cloud) < FOG_SIDE:
        cloud = _refine(cloud, roughness, rng)
        roughness /= FOG_DECAY**2
    cloud -= cloud.min()
    return cloud / cloud.max()


def _refine(cloud: Intensities, roughness: float, rng: np.random.Generator) -> Intensities:
    """Double the side of a cloud (s, s): new points are the mean of their four neighbors, and a deviation."""
    side = len(cloud)

    def deviation() -> Intensities:
        return roughness * rng.uniform(-1, 1, (side, side))

    right, below = np.roll(cloud, -1, axis=1), np.roll(cloud, -1, axis=0)
    middle = (cloud + right + below + np.roll(right, -1, axis=0)) / 4 + deviation()
    top = (cloud + right + middle + np.roll(middle, 1, axis=0)) / 4 + deviation()
    left = (cloud + below + middle + np.roll(middle, 1, axis=1)) / 4 + deviation()
    finer = np.empty((2 * side, 2 * side))
    finer[::2, ::2], finer[1::2, 1::2], finer[::2, 1::2], finer[1::2, ::2] = cloud, middle, top, left
    return finer
