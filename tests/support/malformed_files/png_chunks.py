"""Writer of PNG files (ISO/IEC 15948), valid or malformed."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAY, RGB, PALETTE, GRAY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GRAY: 1, RGB: 3, PALETTE: 1, GRAY_ALPHA: 2, RGB_ALPHA: 4}
DEPTHS = {GRAY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8), GRAY_ALPHA: (8, 16), RGB_ALPHA: (8, 16)}
PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))  # Adam7

type Samples = NDArray[np.uint16]


def chunk(name: bytes, data: bytes = b"", crc: int | None = None) -> bytes:
    crc = zlib.crc32(name + data) if crc is None else crc
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)


def header(
    width: int,
    height: int,
    depth: int = 8,
    kind: int = GRAY,
    interlace: int = 0,
    compression: int = 0,
    filters: int = 0,
) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, compression, filters, interlace))


def rows(samples: Samples, depth: int) -> bytes:
    """Pack samples (height, width, channels) into rows with filter type 0."""
    if 0 in samples.shape:
        return b""
    flat = samples.reshape(len(samples), -1)
    if depth == 16:
        packed = flat.astype(">u2").view(np.uint8)
    else:
        bits = np.unpackbits(flat.astype(np.uint8)[..., None], axis=2)[..., 8 - depth :]
        packed = np.packbits(bits.reshape(len(flat), -1), axis=1)
    return np.insert(packed, 0, 0, axis=1).tobytes()


def data(samples: Samples, depth: int, interlaced: bool = False) -> bytes:
    """Pack samples (height, width, channels) as the data of a PNG, before compression."""
    if not interlaced:
        return rows(samples, depth)
    return b"".join(rows(samples[y::down, x::across], depth) for y, x, down, across in PASSES)


def png(
    samples: Samples,
    depth: int = 8,
    kind: int = GRAY,
    interlaced: bool = False,
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """Write samples (height, width, channels), 0 .. 2 ** depth - 1, with chunks before and after the pixels."""
    height, width, _ = samples.shape
    pixels = chunk(b"IDAT", zlib.compress(data(samples, depth, interlaced), 9))
    return SIGNATURE + header(width, height, depth, kind, interlaced) + before + pixels + after + chunk(b"IEND")


def kinds() -> Iterator[tuple[int, int]]:
    """Return every color type with each of its bit depths."""
    return ((kind, depth) for kind, depths in DEPTHS.items() for depth in depths)
