"""Encoded images come in; the 28x28 picture that both models were trained on goes out.

`normalize` does to any picture of one digit what MNIST's authors did to their scans, so it is the identity on
MNIST itself, and training, evaluation and serving share it. Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner,
"Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998, section III.A.
"""

import io
import math
import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, PngImagePlugin

from digits.errors import NotAnImage, NothingDrawn, TooLarge

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 28  # pixels, each side of the picture that the models see
DIGIT = 20  # pixels, the longer side of the digit in it
CENTER = 14  # pixel index, both axes, of the digit's centre of mass
MAX_PIXELS = 16_000_000  # of an encoded image: 64 MB as RGBA, well inside the smallest Lambda worth using
SHARP = 1000  # pixels, each side of a photograph; what is larger shows no more of a digit
MIN_CONTRAST = 16  # grey levels of 255 between ink and paper; JPEG noise on an empty page stays below
FULL_CONTRAST = 250  # grey levels; MNIST's digits all reach 254 and are not stretched
THIN = 127  # of 255; weaker after scaling is a line thinner than half a pixel
FAINT = 63  # of 255; no ink where a picture is larger than 28x28 (noise, JPEG halos)

MAX_SIDE = 65_535  # pixels, the longest that JPEG has; a column of 16 million rows would take 470 MB and 2 s
MAX_SCANS = 100  # of a JPEG: a progressive one has 6 to 20; 30,000 fit into the largest body and take minutes

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
LEVELS = np.arange(256)  # of grey
MOMENTS = np.stack((np.ones(DIGIT), np.arange(DIGIT))).astype(np.float32)  # mass, and mass times index: whole numbers

type Picture = NDArray[np.uint8]


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
        from digits.photograph import Photograph

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


def normalize(image: Image.Image) -> Picture:
    """Find the digit in a picture of any size, mode and polarity, and draw it as MNIST's authors would have.

    image: any mode; ink may be darker or lighter than the paper, or be the opaque part of a transparent picture
    returns: (28, 28) uint8, 0 paper .. 255 ink, the digit's longer side 20 pixels, its centre of mass on (14, 14)
    raises: NothingDrawn
    """
    ink = _ink(_smaller(_grey(image)))
    return _place(_scale(ink, _box(ink)))


def _grey(image: Image.Image) -> Image.Image:
    """Reduce to one 8-bit channel; what is transparent becomes paper."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if not image.has_transparency_data:
        return image.convert("L")
    image = image if image.mode == "RGBA" else image.convert("RGBA")
    if image.width * image.height >= 4 * SHARP * SHARP:  # one at a time: Pillow would first copy them all
        image = Image.merge("RGBA", [_smaller(image.getchannel(band)) for band in "RGBA"])
    grey = image.convert("L")
    opacity = np.frombuffer(image.tobytes("raw", "A"), np.uint8)
    if opacity.min() == 255:
        return grey
    alpha, shades = image.getchannel("A"), _pixels(grey)
    if shades.min() == shades.max() and np.count_nonzero(opacity) <= opacity.size / 2:
        return alpha  # one colour, as a canvas has it: the opacity is the drawing
    levels = np.array(grey.histogram(alpha))  # of the pixels that are not wholly transparent
    visible = levels.sum()
    median = int(np.searchsorted(levels.cumsum(), visible / 2))
    # Mostly opaque: a picture with paper of its own. Mostly transparent: the opaque part is the ink.
    paper = median if visible > image.width * image.height / 2 else 0 if median > 127 else 255
    return Image.composite(grey, Image.new("L", grey.size, paper), alpha)


def _smaller(channel: Image.Image) -> Image.Image:
    """Average squares of pixels where there are more than SHARP a side, as `draft` does with a JPEG."""
    factor = math.isqrt(channel.width * channel.height) // SHARP
    return channel.reduce(factor) if factor > 1 else channel


def _ink(grey: Image.Image) -> Image.Image:
    """Make the paper 0 and the strongest ink 255, whichever of the two was darker."""
    pixels = _pixels(grey)
    edge = np.concatenate((pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]))
    edge.sort()
    paper = int(edge[edge.size // 2])
    darkest, lightest = int(pixels.min()), int(pixels.max())
    strongest = lightest if lightest - paper >= paper - darkest else darkest
    contrast = abs(strongest - paper)
    if contrast < MIN_CONTRAST:
        raise NothingDrawn("The picture is empty. Draw one digit, 0 to 9, and send it again.")
    if paper == 0 and contrast >= FULL_CONTRAST:
        return grey
    levels = (LEVELS - paper if strongest > paper else paper - LEVELS) * 255 // contrast
    table = levels.clip(0, 255).astype(np.uint8).tobytes()
    return Image.frombytes("L", grey.size, pixels.tobytes().translate(table))


def _box(ink: Image.Image) -> tuple[int, int, int, int]:
    """Find the left, upper, right and lower edge of the digit."""
    mask = ink
    if max(ink.size) > SIZE:
        mask = Image.frombuffer("L", ink.size, (_pixels(ink) > FAINT).view(np.uint8), "raw", "L", 0, 1)
    box = mask.getbbox()
    assert box is not None  # _ink's brightest level is 255
    return box


def _scale(ink: Image.Image, box: tuple[int, int, int, int]) -> Picture:
    """Scale the box around the digit so that its longer side has DIGIT pixels.

    Bilinear, with the support that the scale asks for: MNIST's strokes are that soft. A sharper filter costs the tree
    2 to 4 points on drawn strokes, the network none. The gap lets Pillow begin with whole squares of pixels where
    three of them fit: 27 us instead of 45, and no other answer for 2,840 drawn digits but one of the tree's.
    """
    left, upper, right, lower = box
    width, height = right - left, lower - upper
    if max(width, height) == DIGIT:
        return _pixels(ink)[upper:lower, left:right]
    scale = DIGIT / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    digit = _pixels(ink.resize(size, Image.Resampling.BILINEAR, box, reducing_gap=3))
    strongest = digit.max()
    return digit if strongest > THIN else _strengthened(digit, int(strongest))


def _strengthened(digit: Picture, strongest: int) -> Picture:
    """Give the line of a thin pen the ink that scaling took: without it, half of such digits are misread."""
    if strongest == 0:
        raise NothingDrawn("The picture has only specks. Draw one digit, 0 to 9, with a thicker pen.")
    return (digit * (255 / strongest)).astype(np.uint8)


def _place(digit: Picture) -> Picture:
    """Put the digit on the picture with its centre of mass, to the nearest pixel, on CENTER."""
    height, width = digit.shape
    moments = MOMENTS[:, :height] @ digit.astype(np.float32) @ MOMENTS[:, :width].T
    (mass, across), (down, _) = moments.tolist()
    top = min(max(int(CENTER - down / mass + 0.5), 0), SIZE - height)
    left = min(max(int(CENTER - across / mass + 0.5), 0), SIZE - width)
    picture = np.zeros((SIZE, SIZE), np.uint8)
    picture[top : top + height, left : left + width] = digit
    return picture


def _pixels(image: Image.Image) -> Picture:
    """View an L image as (height, width) uint8: `numpy.asarray` takes twice as long over a small one."""
    return np.frombuffer(image.tobytes(), np.uint8).reshape(image.height, image.width)


def png(picture: Picture) -> bytes:
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
