"""Conversion between images of 0..255 and intensities of 0..1."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.dataset import Images

type Intensities = NDArray[np.floating[Any]]  # (n, 28, 28), 0 paper .. 1 ink


def intensities(images: Images) -> Intensities:
    return images / 255


def to_images(values: Intensities) -> Images:
    """Clip to 0..1, and return uint8 0..255."""
    return (values.clip(0, 1) * 255).round().astype(np.uint8)


def signs(rng: np.random.Generator, *shape: int) -> NDArray[np.int64]:
    """Draw -1 or 1."""
    return rng.integers(0, 2, shape) * 2 - 1
