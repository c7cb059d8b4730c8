"""Edges of the digit in place of its strokes, by Canny's detector.

J. Canny, "A computational approach to edge detection", IEEE PAMI 8(6), 1986.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_propagation, gaussian_filter, map_coordinates, sobel

from evaluation.robustness.corruptions.arrays import Intensities, intensities
from training.dataset import Images

SIGMA = 1.0  # pixels, of the smoothing
WEAK, STRONG = 0.1, 0.2  # gradients: an edge has a strong pixel, and weak ones that touch it
EIGHT = np.ones((3, 3), bool)


def canny_edges(images: Images, rng: np.random.Generator) -> Images:
    """Replace each image by its edges, one pixel wide."""
    return np.stack([_edges(image) for image in intensities(images)]).astype(np.uint8) * 255


def _edges(image: Intensities) -> NDArray[np.bool_]:
    smooth = gaussian_filter(image, SIGMA, mode="constant")
    down, right = sobel(smooth, axis=0), sobel(smooth, axis=1)
    gradient = np.hypot(down, right)
    ridge = _is_ridge(gradient, down, right)
    edges: NDArray[np.bool_] = binary_propagation(ridge & (gradient > STRONG), EIGHT, mask=ridge & (gradient > WEAK))
    return edges


def _is_ridge(gradient: Intensities, down: Intensities, right: Intensities) -> NDArray[np.bool_]:
    """Return which pixels exceed both neighbors across the edge, interpolated one pixel away."""
    length = np.maximum(np.maximum(abs(down), abs(right)), 1e-12)
    step = np.stack((down, right)) / length  # to the border of the surrounding 3x3 pixels
    place = np.indices(gradient.shape)
    before, after = (map_coordinates(gradient, place + sign * step, order=1) for sign in (-1, 1))
    ridge: NDArray[np.bool_] = (gradient >= before) & (gradient > after)
    return ridge
