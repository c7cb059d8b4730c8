"""EXIF (CIPA DC-008) of each orientation, and invalid EXIF."""

import struct
from collections.abc import Callable

from PIL import Image

TAG, SHORT, LONG, ASCII, RATIONAL = 0x0112, 3, 4, 2, 5


def entry(tag: int, kind: int, count: int, value: int) -> bytes:
    """Return one entry of a directory; a SHORT is in the first half of the value."""
    return struct.pack("<HHII", tag, kind, count, value)


def directory(*entries: bytes) -> bytes:
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries) + bytes(4)


def exif(orientation: int) -> bytes:
    return directory(entry(TAG, SHORT, 1, orientation))


def transposed(*methods: Image.Transpose) -> Callable[[Image.Image], Image.Image]:
    def turn(image: Image.Image) -> Image.Image:
        for method in methods:
            image = image.transpose(method)
        return image

    return turn


# The upright picture as stored with each orientation: 6, for example, is displayed rotated clockwise.
ORIENTED = {
    1: transposed(),
    2: transposed(Image.Transpose.FLIP_LEFT_RIGHT),
    3: transposed(Image.Transpose.ROTATE_180),
    4: transposed(Image.Transpose.FLIP_TOP_BOTTOM),
    5: transposed(Image.Transpose.ROTATE_90, Image.Transpose.FLIP_TOP_BOTTOM),
    6: transposed(Image.Transpose.ROTATE_90),
    7: transposed(Image.Transpose.ROTATE_90, Image.Transpose.FLIP_LEFT_RIGHT),
    8: transposed(Image.Transpose.ROTATE_270),
}

# No valid orientation: the picture is not rotated.
INVALID = {
    "orientation 0": exif(0),
    "orientation 9": exif(9),
    "orientation 65535": exif(65535),
    "orientation as text": directory(entry(TAG, ASCII, 2, 6)),
    "orientation out of bounds": directory(entry(TAG, RATIONAL, 1, 0xFFFFFFF0)),
    "without orientation": directory(entry(0x010F, ASCII, 2, 65)),
    "of garbage": b"hello",
    "of one byte": b"I",
    "cut in its header": b"II*\0\x08",
    "with its offset out of bounds": b"II*\0\xff\xff\xff\xff",
    "with fewer entries than declared": b"II*\0\x08\0\0\0\xff\xff" + entry(0x010F, ASCII, 2, 65),
    "of no entries": b"MM\0*\0\0\0\x08\0\0\0\0\0\0",
    "resolution by zero": directory(entry(0x011A, RATIONAL, 1, 26)) + bytes(8),
    "resolution as text": directory(entry(0x0128, SHORT, 1, 2), entry(0x011A, ASCII, 0, 0)),
    "that references itself": directory(entry(0x8769, LONG, 1, 8)),
}
