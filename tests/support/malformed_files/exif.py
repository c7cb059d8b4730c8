"""An orientation comes in; EXIF goes out (CIPA DC-008), and beside it EXIF that is wrong."""

import struct
from collections.abc import Callable

from PIL import Image

TAG, SHORT, LONG, ASCII, RATIONAL = 0x0112, 3, 4, 2, 5


def entry(tag: int, kind: int, count: int, value: int) -> bytes:
    """One entry of a directory; a SHORT lies in the first half of its value."""
    return struct.pack("<HHII", tag, kind, count, value)


def directory(*entries: bytes) -> bytes:
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries) + bytes(4)


def exif(orientation: int) -> bytes:
    return directory(entry(TAG, SHORT, 1, orientation))


def turned(*methods: Image.Transpose) -> Callable[[Image.Image], Image.Image]:
    def turn(image: Image.Image) -> Image.Image:
        for method in methods:
            image = image.transpose(method)
        return image

    return turn


# How the upright picture is stored under each orientation: 6, for one, is shown turned clockwise.
ORIENTED = {
    1: turned(),
    2: turned(Image.Transpose.FLIP_LEFT_RIGHT),
    3: turned(Image.Transpose.ROTATE_180),
    4: turned(Image.Transpose.FLIP_TOP_BOTTOM),
    5: turned(Image.Transpose.ROTATE_90, Image.Transpose.FLIP_TOP_BOTTOM),
    6: turned(Image.Transpose.ROTATE_90),
    7: turned(Image.Transpose.ROTATE_90, Image.Transpose.FLIP_LEFT_RIGHT),
    8: turned(Image.Transpose.ROTATE_270),
}

# None of these says how to turn the picture: it stays as it is.
LYING = {
    "orientation 0": exif(0),
    "orientation 9": exif(9),
    "orientation 65535": exif(65535),
    "orientation as text": directory(entry(TAG, ASCII, 2, 6)),
    "orientation without a place": directory(entry(TAG, RATIONAL, 1, 0xFFFFFFF0)),
    "without orientation": directory(entry(0x010F, ASCII, 2, 65)),
    "of garbage": b"hello",
    "of one byte": b"I",
    "cut in its header": b"II*\0\x08",
    "that begins outside": b"II*\0\xff\xff\xff\xff",
    "that has fewer entries than it says": b"II*\0\x08\0\0\0\xff\xff" + entry(0x010F, ASCII, 2, 65),
    "of no entries": b"MM\0*\0\0\0\x08\0\0\0\0\0\0",
    "resolution by zero": directory(entry(0x011A, RATIONAL, 1, 26)) + bytes(8),
    "resolution as no text": directory(entry(0x0128, SHORT, 1, 2), entry(0x011A, ASCII, 0, 0)),
    "that points at itself": directory(entry(0x8769, LONG, 1, 8)),
}
