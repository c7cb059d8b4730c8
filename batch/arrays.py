"""Arrays of pictures (n, 28, 28) uint8 in .npy, .npz and MNIST's idx files, read row by row: none is read whole.

idx: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", https://yann.lecun.org/exdb/mnist/
"""

import gzip
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, cast

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from batch import storage
from command_line import CommandError
from digits.preprocess import SIZE

IDX = re.compile(r"(\.|-)idx3(-ubyte)?(\.gz)?$", re.IGNORECASE)
IDX_LABELS = r"\1idx1\2\3"
UINT8 = 8  # idx's code of the type
LOAD_ERRORS = (ValueError, EOFError, struct.error, zipfile.BadZipFile, zlib.error, gzip.BadGzipFile)


@dataclass(frozen=True)
class Array:
    """An open array: its first byte is `offset` bytes after the stream's beginning."""

    stream: IO[bytes]
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    offset: int

    def rows(self, start: int, stop: int) -> NDArray[np.generic]:
        """Read rows. Raises EOFError if the file is cut off."""
        items = int(np.prod(self.shape[1:]))
        self.stream.seek(self.offset + start * items * self.dtype.itemsize)
        size = (stop - start) * items * self.dtype.itemsize
        content = self.stream.read(size)
        if len(content) < size:
            raise EOFError(f"it ends before row {stop:,}")
        return np.frombuffer(content, self.dtype).reshape(stop - start, *self.shape[1:])


def is_array(name: str) -> bool:
    """Return whether a file's name, in lower case, is of an array of pictures."""
    return name.endswith((".npy", ".npz")) or IDX.search(name) is not None


def check(name: str, member: str | None, label: str | None) -> int:
    """Return the number of pictures. Raises CommandError unless they are (n, 28, 28) uint8 and whole.

    member, label: names of the arrays of pictures and of labels in an .npz
    """
    try:
        array = _open(name, _member(name, member))
        rows = array.shape[0] if array.shape else 0
        if array.shape != (rows, SIZE, SIZE) or array.dtype != np.uint8:
            raise CommandError(
                f"{name}: the array is {array.shape} {array.dtype}. "
                f"Pictures are (n, {SIZE}, {SIZE}) uint8, 0 paper to 255 ink."
            )
        if rows:
            array.rows(rows - 1, rows)
        labels = _labels(name, label)
        if labels and (labels.shape != (rows,) or labels.dtype.kind not in "iu"):
            raise CommandError(f"{name}: the labels are {labels.shape} {labels.dtype}. Give ({rows},) integers.")
    except LOAD_ERRORS as error:
        raise CommandError(f"{name} is damaged: {str(error) or 'it is cut off'}.") from None
    return rows


def read(
    name: str, member: str | None, label: str | None, start: int, stop: int
) -> tuple[NDArray[np.uint8], NDArray[np.integer] | None]:
    """Read pictures (stop - start, 28, 28) uint8 and their labels (stop - start,), if there are any."""
    pictures = cast(NDArray[np.uint8], _open(name, _member(name, member)).rows(start, stop))
    labels = _labels(name, label)
    return pictures, None if labels is None else cast(NDArray[np.integer], labels.rows(start, stop))


def _member(name: str, given: str | None) -> str | None:
    """Return which array of an .npz has the pictures: the given one, or its only one of three axes."""
    if not name.lower().endswith(".npz"):
        return None
    names = _names(name)
    if given is None:
        pictures = [each for each in names if len(_open(name, each).shape) == 3]
        given = pictures[0] if len(pictures) == 1 else None
    return _in_archive(name, names, given, "--column")


@lru_cache(maxsize=4)
def _names(name: str) -> list[str]:
    """Return the arrays of an .npz; read once, not for each part."""
    with storage.open_file(name) as file, zipfile.ZipFile(file) as archive:
        return [each.removesuffix(".npy") for each in archive.namelist()]


def _in_archive(name: str, names: Sequence[str], given: str | None, option: str) -> str:
    if given is None or given not in names:
        wrong = "" if given is None else f"no array {given!r}, but "
        raise CommandError(f"{name} has {wrong}the arrays {', '.join(names)}. Name one by {option}.")
    return given


def _labels(name: str, label: str | None) -> Array | None:
    """Open the labels: the named array of an .npz, or the idx1 file beside an idx3 file."""
    if name.lower().endswith(".npz"):
        return _open(name, _in_archive(name, _names(name), label, "--label")) if label else None
    beside = IDX.sub(IDX_LABELS, name).replace("images", "labels")
    if not IDX.search(name) or not storage.exists(beside):
        return None
    return _open(beside, None)


@lru_cache(maxsize=4)  # a compressed file is read forward once, not from its beginning for each part
def _open(name: str, member: str | None) -> Array:
    file: IO[bytes] = storage.open_file(name)
    if name.lower().endswith(".gz"):
        file = cast(IO[bytes], gzip.GzipFile(fileobj=file))
    if member is not None:
        file = zipfile.ZipFile(file).open(f"{member}.npy")  # noqa: SIM115 (it stays open for the next part)
    return _npy(file) if name.lower().endswith((".npy", ".npz")) else _idx(file)


def _npy(file: IO[bytes]) -> Array:
    major, _ = npy.read_magic(file)
    read_header = npy.read_array_header_1_0 if major == 1 else npy.read_array_header_2_0
    shape, is_fortran, dtype = read_header(file)
    if is_fortran:
        raise ValueError("its order is Fortran's. Save it by np.save(file, np.ascontiguousarray(array))")
    return Array(file, shape, dtype, file.tell())


def _idx(file: IO[bytes]) -> Array:
    zero, kind, axes = struct.unpack(">HBB", file.read(4))
    if zero or kind != UINT8:
        raise ValueError("its header is not that of an idx file of unsigned bytes")
    shape = struct.unpack(f">{axes}I", file.read(4 * axes))
    return Array(file, shape, np.dtype(np.uint8), 4 + 4 * axes)
