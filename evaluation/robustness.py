"""Images come in; the same images moved, turned, scaled, thickened or spoiled by a known strength go out.

The changes are made to the 28x28 image itself, behind `normalize`: they ask the model alone, without the help that a
drawing gets from being centred and scaled.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import grey_dilation, grey_erosion

from digits.preprocess import CENTER, SIZE
from training.dataset import Images

SEED = 0
CROSS = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]])  # a pixel and its four neighbors


@dataclass(frozen=True)
class Change:
    """One way to change an image, from strength to strength."""

    title: str
    unit: str
    strengths: tuple[float, ...]
    apply: Callable[[Images, float], Images]


def shift(images: Images, pixels: float) -> Images:
    """Move the images by so many pixels, each next one in the next of eight directions."""
    angles = np.arange(len(images)) % 8 * np.pi / 4
    return _affine(images, 1, 0, pixels * np.cos(angles), pixels * np.sin(angles))


def rotate(images: Images, degrees: float) -> Images:
    """Turn clockwise around the middle."""
    angle = np.deg2rad(degrees)
    return _affine(images, float(np.cos(angle)), float(np.sin(angle)))


def scale(images: Images, factor: float) -> Images:
    return _affine(images, 1 / factor, 0)


def thicken(images: Images, share: float) -> Images:
    """Go a share of the way to the dilation by one pixel (above 0), or to the erosion (below)."""
    extreme = grey_dilation if share > 0 else grey_erosion
    goal = extreme(images.astype(np.float32), footprint=CROSS, mode="constant")
    return _whole(images + abs(share) * (goal - images))


def spoil(images: Images, deviation: float) -> Images:
    """Add Gaussian noise to every pixel, in grey levels."""
    noise = np.random.default_rng(SEED).standard_normal(images.shape, np.float32)
    return _whole(images + deviation * noise)


CHANGES = {
    "shift": Change("Shift", "pixels", (0, 0.5, 1, 1.5, 2, 3, 4, 5, 6), shift),
    "rotation": Change("Rotation", "degrees", (-60, -45, -30, -15, 0, 15, 30, 45, 60), rotate),
    "scale": Change("Scale", "times", (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3), scale),
    "thickness": Change(
        "Stroke thickness", "pixels each side", (-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1), thicken
    ),
    "noise": Change("Noise", "grey levels of 255", (0, 10, 20, 30, 45, 60, 80, 100, 128), spoil),
}


def _affine(
    images: Images,
    cosine: float,
    sine: float,
    right: NDArray[np.float64] | float = 0.0,
    down: NDArray[np.float64] | float = 0.0,
) -> Images:
    """Read each image through a turned, scaled and moved grid, bilinearly; outside is paper."""
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


def _whole(images: NDArray[np.float32]) -> Images:
    return images.round().clip(0, 255).astype(np.uint8)
