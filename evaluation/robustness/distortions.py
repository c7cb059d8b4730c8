"""Distortions of growing strength for the robustness measurement: shift, rotation, scale, stroke thickness, noise.

They change the 28x28 image itself, after `normalize`: a drawing is centered and scaled before the models see it, which
would hide most of shift and scale.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digits.preprocess import CENTER, SIZE
from training.dataset import Images

CROSS = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], bool)  # a pixel and its four neighbors, in each image
SEED = 0


@dataclass(frozen=True)
class Distortion:
    """One way to change images (n, 28, 28) uint8, with the strengths to measure."""

    title: str
    unit: str
    strengths: tuple[float, ...]
    apply: Callable[[Images, float], Images]


def shift(images: Images, pixels: float) -> Images:
    """Move images by a distance, in eight directions in turn."""
    angles = np.arange(len(images)) % 8 * np.pi / 4
    return _affine(images, 1, 0, pixels * np.cos(angles), pixels * np.sin(angles))


def rotate(images: Images, degrees: float) -> Images:
    """Rotate images clockwise around their middle."""
    angle = np.deg2rad(degrees)
    return _affine(images, float(np.cos(angle)), float(np.sin(angle)))


def scale(images: Images, factor: float) -> Images:
    return _affine(images, 1 / factor, 0)


def thicken(images: Images, share: float) -> Images:
    """Interpolate toward the dilation by one pixel (share 0..1) or the erosion (-1..0)."""
    from scipy.ndimage import grey_dilation, grey_erosion  # takes half a second

    morphology = grey_dilation if share > 0 else grey_erosion
    target = morphology(images, footprint=CROSS, mode="constant", cval=0).astype(np.float32)
    return _rounded(images + abs(share) * (target - images))


def add_gaussian_noise(images: Images, deviation: float) -> Images:
    """Add noise of a standard deviation, in gray levels, to every pixel."""
    noise = np.random.default_rng(SEED).standard_normal(images.shape, np.float32)
    return _rounded(images + deviation * noise)


DISTORTIONS = {
    "shift": Distortion("Shift", "pixels", (0, 0.5, 1, 1.5, 2, 3, 4, 5, 6), shift),
    "rotation": Distortion("Rotation", "degrees", (-60, -45, -30, -15, 0, 15, 30, 45, 60), rotate),
    "scale": Distortion("Scale", "times", (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3), scale),
    "thickness": Distortion(
        "Stroke thickness", "pixels each side", (-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1), thicken
    ),
    "noise": Distortion("Noise", "gray levels of 255", (0, 10, 20, 30, 45, 60, 80, 100, 128), add_gaussian_noise),
}


def _affine(
    images: Images,
    cosine: float,
    sine: float,
    right: NDArray[np.float64] | float = 0.0,
    down: NDArray[np.float64] | float = 0.0,
) -> Images:
    """Sample each image bilinearly at a rotated, scaled and shifted grid; pixels outside of it are black."""
    moves = np.broadcast_to(np.stack(np.broadcast_arrays(right, down), axis=-1), (len(images), 2))
    changed = np.empty_like(images)
    for number, (dx, dy) in enumerate(moves.tolist()):
        left = CENTER - cosine * (CENTER + dx) - sine * (CENTER + dy)
        top = CENTER + sine * (CENTER + dx) - cosine * (CENTER + dy)
        grid = (cosine, sine, left, -sine, cosine, top)
        picture = Image.fromarray(images[number])
        changed[number] = np.asarray(
            picture.transform((SIZE, SIZE), Image.Transform.AFFINE, grid, Image.Resampling.BILINEAR)
        )
    return changed


def _rounded(images: NDArray[np.float32]) -> Images:
    return images.round().clip(0, 255).astype(np.uint8)
