"""Test images come in; lossless pictures of many at once go out, so that a page fetches one file for all of a digit."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digits.preprocess import SIZE
from training.dataset import CLASSES, Images, Split
from training.files import write_atomically

COLUMNS = 32  # images side by side in each picture
CHOSEN = "chosen.webp"


def name(digit: int) -> str:
    return f"digits-{digit}.webp"


def size(images: int) -> tuple[int, int]:
    """Width and height of a picture of so many images, in pixels."""
    return COLUMNS * SIZE, -(-images // COLUMNS) * SIZE


def place(rank: int) -> tuple[int, int]:
    """Left and top of an image in its picture, in pixels."""
    return rank % COLUMNS * SIZE, rank // COLUMNS * SIZE


def write_digits(test: Split, folder: Path) -> None:
    """A picture of all images of each digit, in the order of the test set."""
    for digit in range(CLASSES):
        _write(test.images[test.labels == digit], folder / name(digit))


def write_chosen(folder: Path, labels: NDArray[np.intp], indices: NDArray[np.intp]) -> None:
    """A picture of a few images, cut from those of the digits."""
    of_digit = {digit: read(folder / name(digit)) for digit in range(CLASSES)}
    images = [of_digit[labels[index]][rank(labels, index)] for index in indices.tolist()]
    _write(np.array(images, dtype=np.uint8).reshape(-1, SIZE, SIZE), folder / CHOSEN)


def rank(labels: NDArray[np.intp], index: int) -> int:
    """How many images of the same digit come before this one in the test set."""
    return int((labels[:index] == labels[index]).sum())


def read(path: Path) -> Images:
    """The images of a picture, (n, 28, 28) uint8; those that fill up its last row are black."""
    pixels = np.asarray(Image.open(path).convert("L"))
    rows = len(pixels) // SIZE
    return pixels.reshape(rows, SIZE, COLUMNS, SIZE).swapaxes(1, 2).reshape(-1, SIZE, SIZE)


def _write(images: Images, path: Path) -> None:
    width, height = size(max(len(images), 1))
    filled = np.zeros((height // SIZE * COLUMNS, SIZE, SIZE), dtype=np.uint8)
    filled[: len(images)] = images
    pixels = filled.reshape(-1, COLUMNS, SIZE, SIZE).swapaxes(1, 2).reshape(height, width)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(
        path, lambda beside: Image.fromarray(pixels).save(beside, "WEBP", lossless=True, quality=100, method=4)
    )
