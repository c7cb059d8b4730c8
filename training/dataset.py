"""MNIST: its four files, split into training, validation and test images."""

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from command_line import CommandError
from digits.preprocess import SIZE

DATA = Path(__file__).with_name("data")
VALIDATION = 6_000  # images: the last tenth of the training files, as with Keras' validation_split=.1
CLASSES = 10

FILES = {  # sha256 of the uncompressed file
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

type Images = NDArray[np.uint8]
type Labels = NDArray[np.int64]


class DataError(CommandError):
    """A data file is missing or differs from the published one; the message includes the remedy."""


@dataclass(frozen=True)
class Split:
    """images (n, 28, 28) uint8, 0 paper .. 255 ink; labels (n,) int64, 0..9."""

    images: Images
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)

    def __add__(self, other: "Split") -> "Split":
        return Split(np.concatenate((self.images, other.images)), np.concatenate((self.labels, other.labels)))

    def first(self, n: int) -> "Split":
        return Split(self.images[:n], self.labels[:n])


@dataclass(frozen=True)
class Mnist:
    """The three splits."""

    train: Split
    validation: Split
    test: Split

    def subset(self, n: int) -> "Mnist":
        """Return the first n training images and n / 6 of the other splits, for a quick run."""
        return Mnist(self.train.first(n), self.validation.first(n // 6), self.test.first(n // 6))


def load(folder: Path = DATA) -> Mnist:
    """Read MNIST from idx files, gzipped or not. Raises DataError."""
    training = Split(_images(folder, "train"), _labels(folder, "train"))
    return Mnist(
        Split(training.images[:-VALIDATION], training.labels[:-VALIDATION]),
        Split(training.images[-VALIDATION:], training.labels[-VALIDATION:]),
        load_test(folder),
    )


@cache
def load_test(folder: Path = DATA) -> Split:
    """Read only the 10,000 test images, once. Raises DataError."""
    return Split(_images(folder, "t10k"), _labels(folder, "t10k"))


def download() -> Mnist:
    """Read MNIST by Keras' download, kept in Keras' cache. Raises DataError."""
    from keras.datasets import mnist

    try:
        (images, labels), (test_images, test_labels) = mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception
        reason = " ".join(str(error).split())
        raise DataError(
            f"Keras could not download MNIST ({reason}). Omit --download: training/data has the files."
        ) from None
    labels, test_labels = labels.astype(np.int64), test_labels.astype(np.int64)
    return Mnist(
        Split(images[:-VALIDATION], labels[:-VALIDATION]),
        Split(images[-VALIDATION:], labels[-VALIDATION:]),
        Split(test_images, test_labels),
    )


def _images(folder: Path, prefix: str) -> Images:
    # idx: a 16-byte header (magic, count, rows, columns; big-endian), then the pixels, row by row
    return np.frombuffer(_read(folder, f"{prefix}-images-idx3-ubyte"), np.uint8, offset=16).reshape(-1, SIZE, SIZE)


def _labels(folder: Path, prefix: str) -> Labels:
    return np.frombuffer(_read(folder, f"{prefix}-labels-idx1-ubyte"), np.uint8, offset=8).astype(np.int64)


def _read(folder: Path, name: str) -> bytes:
    plain, gz = folder / name, folder / f"{name}.gz"
    file = plain if plain.exists() else gz
    try:
        content = file.read_bytes() if file is plain else gzip.decompress(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"{file} is missing. Restore it: git checkout training/data, or give --data DIR.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file} is damaged ({error}). Restore it: git checkout training/data.") from None
    if hashlib.sha256(content).hexdigest() != FILES[name]:
        raise DataError(f"{name} in {folder} is not MNIST's (sha256 differs). Restore it: git checkout training/data.")
    return content
