"""Arrays of pictures in .npy, .npz and idx files."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from batch import arrays
from command_line import CommandError

PICTURES = np.random.default_rng(0).integers(0, 256, (10, 28, 28), np.uint8)
LABELS = np.arange(10, dtype=np.uint8)


def npy(folder: Path) -> Path:
    np.save(folder / "digits.npy", PICTURES)
    return folder / "digits.npy"


def stored(folder: Path) -> Path:
    np.savez(folder / "digits.npz", images=PICTURES, digits=LABELS)
    return folder / "digits.npz"


def compressed(folder: Path) -> Path:
    np.savez_compressed(folder / "digits.npz", images=PICTURES, digits=LABELS)
    return folder / "digits.npz"


def idx(folder: Path) -> Path:
    (folder / "t10k-images.idx3-ubyte").write_bytes(idx_file(PICTURES))
    (folder / "t10k-labels.idx1-ubyte").write_bytes(idx_file(LABELS))
    return folder / "t10k-images.idx3-ubyte"


def gzipped(folder: Path) -> Path:
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx_file(PICTURES)))
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx_file(LABELS)))
    return folder / "train-images-idx3-ubyte.gz"


def idx_file(array: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.mark.parametrize(
    ("write", "label", "labeled"),
    [
        (npy, None, False),
        (stored, "digits", True),
        (stored, None, False),
        (compressed, "digits", True),
        (idx, None, True),
        (gzipped, None, True),
    ],
)
def test_rows_are_read_from_any_place(write: object, label: str | None, labeled: bool, tmp_path: Path) -> None:
    name = str(write(tmp_path))  # type: ignore[operator]
    assert arrays.check(name, None, label) == 10
    for start, stop in ((4, 7), (0, 10), (9, 10)):
        pictures, labels = arrays.read(name, None, label, start, stop)
        assert np.array_equal(pictures, PICTURES[start:stop])
        assert (labels is not None) == labeled
        assert labels is None or np.array_equal(labels, LABELS[start:stop])


def test_archive_with_several_arrays_needs_a_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "mnist.npz", x_train=PICTURES, x_test=PICTURES[:3])
    name = str(tmp_path / "mnist.npz")
    with pytest.raises(CommandError, match=r"has the arrays x_train, x_test\. Name one by --column\.$"):
        arrays.check(name, None, None)
    with pytest.raises(CommandError, match=r"has no array 'x', but the arrays x_train, x_test\. Name one by --column"):
        arrays.check(name, "x", None)
    assert arrays.check(name, "x_test", None) == 3


def test_labels_of_another_length_are_rejected(tmp_path: Path) -> None:
    np.savez(tmp_path / "digits.npz", images=PICTURES, digits=LABELS[:9])
    with pytest.raises(CommandError, match=r"the labels are \(9,\) uint8\. Give \(10,\) integers"):
        arrays.check(str(tmp_path / "digits.npz"), None, "digits")


def test_array_in_columns_order_is_rejected(tmp_path: Path) -> None:
    np.save(tmp_path / "digits.npy", np.asfortranarray(PICTURES))
    with pytest.raises(CommandError, match=r"its order is Fortran's"):
        arrays.check(str(tmp_path / "digits.npy"), None, None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("train-images-idx3-ubyte", True),
        ("train-images.idx3-ubyte.gz", True),
        ("train-labels-idx1-ubyte", False),
        ("digits.npy", True),
        ("digits.png", False),
    ],
)
def test_arrays_are_recognized_by_their_names(name: str, expected: bool) -> None:
    assert arrays.is_array(name) == expected
