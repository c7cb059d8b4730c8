"""Sprites of the test images: lossless pictures of many images, so that a page fetches one file for a digit."""

from pathlib import Path

import numpy as np
from PIL import Image

from digits.preprocess import SIZE
from evaluation.predictions import COLUMNS, HARDEST_SPRITE, Indices, sprite_name, sprite_size
from training.dataset import CLASSES, Images, Split
from training.files import write_atomically


def write_digits(test: Split, folder: Path) -> None:
    """Write a sprite of all images of each digit, in the order of the test set."""
    for digit in range(CLASSES):
        _write(test.images[test.labels == digit], folder / sprite_name(digit))


def write_hardest(test: Split, indices: Indices, folder: Path) -> None:
    """Write a sprite of the images that the report shows."""
    _write(test.images[indices], folder / HARDEST_SPRITE)


def _write(images: Images, path: Path) -> None:
    width, height = sprite_size(max(len(images), 1))
    padded = np.zeros((height // SIZE * COLUMNS, SIZE, SIZE), dtype=np.uint8)
    padded[: len(images)] = images
    pixels = padded.reshape(-1, COLUMNS, SIZE, SIZE).swapaxes(1, 2).reshape(height, width)
    write_atomically(
        path, lambda temporary: Image.fromarray(pixels).save(temporary, "WEBP", lossless=True, quality=100, method=4)
    )
