"""The bytes of an image file come in, the image goes out; a picture comes in, the bytes of a PNG go out."""

import base64
import io
import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, PngImagePlugin

from digits.errors import NotAnImage, TooLarge

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_PIXELS = 16_000_000  # of an encoded image: 64 MB as RGBA, well inside the smallest Lambda worth using
MAX_SIDE = 65_535  # pixels, the longest that JPEG has; a column of 16 million rows would take 470 MB and 2 s
MAX_SCANS = 100  # of a JPEG: a progressive one has 6 to 20; 30,000 fit into the largest body and take minutes
SHARP = 1000  # pixels, each side of a photograph; what is larger shows no more of a digit

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"  # how these files begin
SCAN = b"\xff\xda"  # begins each scan of a JPEG; its data never hold these two bytes
SHOWN = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf"}  # the chunks that say what a PNG shows
ORIENTATION, SHORT = 0x0112, 3  # a tag of EXIF, and its type
UPRIGHT = {  # by that tag: how the image has to be turned
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
)  # what Pillow's decoders raise on bad data

Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow refuses twice as much, and a WebP before it makes room for it


class Chunks(PngImagePlugin.PngStream):
    """The chunks of a PNG; text, profiles and animation are skipped, however damaged or large they unpack to be."""

    crc = PngImagePlugin.PngStream.crc_skip  # `_check` compares all of them

    def call(self, cid: bytes, pos: int, length: int) -> bytes:
        if cid in SHOWN:
            return getattr(self, f"chunk_{cid.decode()}")(pos, length)  # type: ignore[no-any-return]
        assert self.fp is not None
        return self.fp.read(length)


PngImagePlugin.PngStream = Chunks  # type: ignore[misc]


def decode(data: bytes) -> Image.Image:
    """Decode a PNG, JPEG or WebP file (told by content), the first frame of it, upright as its EXIF says.

    Raises NotAnImage, or TooLarge (over MAX_PIXELS, MAX_SIDE or MAX_SCANS, before any pixel is decoded).
    """
    try:
        image = _open(data)
        if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
            raise _too_large(f"{image.width} x {image.height}")
        if image.format == "PNG":
            _check(memoryview(data))
        image.draft("L", (SHARP, SHARP))  # a large JPEG is decoded at 1/2, 1/4 or 1/8 of its size
        image.load()
        if image.mode == "P":
            image = _coloured(image)
    except Image.DecompressionBombError:
        raise _too_large("too many") from None
    except DAMAGED:
        raise NotAnImage("The image is damaged or cut off. Save it as a PNG again, and send the whole file.") from None
    turn = UPRIGHT.get(_orientation(image.info["exif"])) if "exif" in image.info else None
    return image if turn is None else image.transpose(turn)


def _too_large(pixels: str) -> TooLarge:
    return TooLarge(
        f"The image has {pixels} pixels; {MAX_PIXELS:,} are accepted, {MAX_SIDE:,} of them a side. Send a smaller one."
    )


def _open(data: bytes) -> Image.Image:
    """Read the header with the one decoder that the signature asks for.

    `Image.open` would import five decoders at the first call (8 ms), and all forty when none of them fits (36 ms).
    """
    file = io.BytesIO(data)
    if data.startswith(PNG):
        return PngImagePlugin.PngImageFile(file)
    if data.startswith(JPEG):
        from digits.jpeg import Photograph

        if data.count(SCAN) > MAX_SCANS:
            raise TooLarge(f"The JPEG has more than {MAX_SCANS} scans. Save it without 'progressive', and send that.")
        return Photograph(file)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        from PIL.WebPImagePlugin import WebPImageFile

        return WebPImageFile(file)
    raise NotAnImage("The data is not an image. Send a PNG, JPEG or WebP file.")


def _check(png: memoryview) -> None:
    """Compare the checksum of each chunk: Pillow skips those of the pixels. Raises ValueError, or struct.error.

    A second header is refused, too: it would give the pixels another mode than the transparent colour has.
    """
    place, name = len(PNG), b""
    while name != b"IEND":
        size, name = struct.unpack_from(">I4s", png, place)
        end = place + 8 + size
        if (zlib.crc32(png[place + 4 : end]),) != struct.unpack_from(">I", png, end):
            raise ValueError
        if name == b"IHDR" and place > len(PNG):
            raise ValueError
        place = end + 4


def _coloured(image: Image.Image) -> Image.Image:
    """Look each pixel's colour up in the palette. Raises ValueError where there is none, or too short a one."""
    if image.palette is None:
        raise ValueError
    return image.convert("RGBA" if "transparency" in image.info else "RGB")


def _orientation(exif: bytes) -> int:
    """Find how an image has to be turned (CIPA DC-008, 4.6.2): 1 to 8, 0 if its EXIF does not say.

    Pillow's reader takes 60 ms to import, warns of damage in the log, and raises an exception at some.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 0
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, start)
        for entry in struct.iter_unpack(order + "HHIHH", tiff[start + 2 : start + 2 + 12 * entries]):
            if entry[:2] == (ORIENTATION, SHORT):
                return int(entry[3])
    except struct.error:  # shorter than it says
        pass
    return 0


def as_data_url(picture: "NDArray[np.uint8]") -> str:
    """Encode a picture (height, width) uint8 as a PNG in a data URL (RFC 2397)."""
    return f"data:image/png;base64,{base64.b64encode(png(picture)).decode()}"


def png(picture: "NDArray[np.uint8]") -> bytes:
    """Encode a picture (height, width) uint8 as a grey PNG (ISO/IEC 15948): in a seventh of the time of Pillow's."""
    height, width = picture.shape
    rows = np.zeros((height, 1 + width), np.uint8)  # each begins with its filter: none
    rows[:, 1:] = picture
    return _head(width, height) + _chunk(b"IDAT", zlib.compress(rows, 1)) + _chunk(b"IEND", b"")


@cache  # of two sizes: what the models are given and what the tree makes of it
def _head(width: int, height: int) -> bytes:
    return PNG + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))  # 8 bits of grey


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
