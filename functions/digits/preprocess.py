"""Preprocessing of a picture of one digit to the 28x28 pixels that both models were trained on.

`normalize` processes a picture of one digit as MNIST's authors processed their scans. It is the identity on MNIST
itself, and training, evaluation and serving share it. Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner,
"Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998, section III.A.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from digits.decode import MAX_DECODE_SIDE
from digits.errors import NothingDrawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 28  # pixels, each side of the models' input
DIGIT = 20  # pixels, the longer side of the digit in it
CENTER = 14  # pixel index, both axes, of the digit's center of mass
MIN_CONTRAST = 16  # gray levels of 255 between ink and paper; JPEG noise on an empty page stays below
FULL_CONTRAST = 250  # gray levels; MNIST's digits all reach 254 and are not stretched
NOISE_LEVEL = 63  # of 255; up to this a pixel is not ink in a picture larger than 28x28 (noise, JPEG halos)
MAX_SMALL_SIDE = 56  # pixels; a larger picture shows more of the paper than of the digit's strokes
MIN_BLACK = 1 / 3  # of the pixels, in a drawing in white on black; a white page in a black frame has less
DARK, MIN_ERASER = 64, 0.05  # gray levels of black and of white; the share of the visible pixels that both exceed
SOFT, SATURATED = 0.4, 0.7  # of the strongest ink: what counts as stroke; quantile of it that becomes full ink
THIN_STROKE_LEVEL = 127  # of 255; a digit that scaling leaves no darker has strokes thinner than half a pixel

MOMENTS = np.stack((np.ones(DIGIT), np.arange(DIGIT))).astype(np.float32)  # mass, and mass times index

type Picture = NDArray[np.uint8]


def normalize(image: Image.Image) -> Picture:
    """Find the digit in a picture of any size, mode and polarity, and scale and center it as in MNIST.

    A canvas drawing takes a short path, which the page repeats bit for bit (frontend/js/local/preprocess.js). Other
    pictures are first freed from what is not the digit's ink: see `digits.ink`.

    image: any mode; ink may be darker or lighter than the paper, or be the opaque part of a transparent picture
    returns: (28, 28) uint8, 0 paper .. 255 ink, the digit's longer side 20 pixels, its center of mass on (14, 14)
    raises: NothingDrawn
    """
    pixels = _canvas_drawing(image)
    is_photograph = False
    if pixels is None:
        pixels, is_photograph = _separate(image)
    ink = _stretch_contrast(pixels)
    digit = _scale(ink, _bounding_box(ink))
    return _center(_saturate(digit) if is_photograph else digit)


def _canvas_drawing(image: Image.Image) -> Picture | None:
    """Return the pixels of a drawing in white on black, or in one color on a transparent canvas; otherwise None."""
    if image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        opacity = image.getchannel("A")
        if opacity.getextrema() != (255, 255):
            darkest, lightest = image.convert("L").getextrema()
            is_drawing = darkest == lightest and 2 * opacity.histogram()[0] >= image.width * image.height
            return np.asarray(_downsample(opacity)) if is_drawing else None
    if max(image.size) <= MAX_SMALL_SIDE or image.mode.startswith("I;16"):
        return None
    gray = _reduced(image)
    pixels = np.asarray(gray if gray.mode == "L" else gray.convert("L"))  # 17 us less than a copy
    sample, edges = pixels[::4, ::4], outermost(pixels)
    is_black = np.count_nonzero(sample < 128) >= MIN_BLACK * sample.size
    is_black_outside = 2 * sum(map(np.count_nonzero, edges)) < sum(map(len, edges))  # the median is 0
    return pixels if is_black and is_black_outside else None


def _separate(image: Image.Image) -> tuple[Picture, bool]:
    """Remove what is not the digit. Returns gray levels (h, w) uint8, and whether they are of a photograph."""
    from digits.ink import color, drawing, photograph, small_picture

    gray = color.to_gray(_opaque(image))
    if max(gray.size) <= MAX_SMALL_SIDE:
        return small_picture.clean(np.asarray(gray)), False
    paper = drawing.paper_level(gray)
    if paper is not None:
        return drawing.erase_clutter(gray, paper), False
    return photograph.separate_ink(gray), True


def _opaque(image: Image.Image) -> Image.Image:
    """Convert to mode L or RGB, at most MAX_DECODE_SIDE a side. Transparent pixels become paper."""
    if image.mode.startswith("I;16"):
        return _downsample(Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)))
    if not image.has_transparency_data:
        return _reduced(image)
    image = image if image.mode == "RGBA" else image.convert("RGBA")
    bands = [_downsample(image.getchannel(band)) for band in "RGBA"]  # Pillow would first copy all of them
    color, opacity = Image.merge("RGB", bands[:3]), bands[3]
    if opacity.getextrema() == (255, 255):
        return color
    paper = _paper_of_transparent(color.convert("L"), opacity)
    return Image.composite(color, Image.new("RGB", color.size, (paper,) * 3), opacity)


def _reduced(image: Image.Image) -> Image.Image:
    """Convert to mode L or RGB without transparency, at most MAX_DECODE_SIDE a side."""
    if image.mode == "RGBA":  # opaque
        return _downsample(image.convert("L"))
    mode = "RGB" if len(image.getbands()) > 1 else "L"
    return _downsample(image if image.mode == mode else image.convert(mode))


def _paper_of_transparent(gray: Image.Image, opacity: Image.Image) -> int:
    """Return the gray level that contrasts with the visible pixels.

    Mostly opaque: the picture contains its own paper. Mostly transparent: the opaque part is the ink; where some of it
    is black and some white, the white is an eraser.
    """
    levels = np.array(gray.histogram(opacity))
    visible = int(levels.sum())
    median = int(np.searchsorted(np.cumsum(levels), visible / 2))
    if 2 * visible > gray.width * gray.height:
        return median
    is_erased = min(levels[:DARK].sum(), levels[-DARK:].sum()) > MIN_ERASER * visible
    return 255 if is_erased or median <= 127 else 0


def _downsample(channel: Image.Image) -> Image.Image:
    """Average blocks of pixels if there are more than MAX_DECODE_SIDE a side, as `draft` does with a JPEG."""
    factor = math.isqrt(channel.width * channel.height) // MAX_DECODE_SIDE
    return channel.reduce(factor) if factor > 1 else channel


def _stretch_contrast(pixels: Picture) -> Picture:
    """Map the paper to 0 and the strongest ink to 255, whichever of the two is darker.

    The paper is the median of the outermost pixels. Raises NothingDrawn if the contrast is below MIN_CONTRAST.
    """
    paper = _paper(pixels)
    darkest, lightest = int(pixels.min()), int(pixels.max())
    strongest = lightest if lightest - paper >= paper - darkest else darkest
    contrast = abs(strongest - paper)
    if contrast < MIN_CONTRAST:
        raise NothingDrawn("The picture is empty. Draw one digit, 0 to 9, and send it again.")
    if paper == 0 and contrast >= FULL_CONTRAST:
        return pixels
    distance = np.arange(256) - paper if strongest > paper else paper - np.arange(256)
    table = (distance * 255 // contrast).clip(0, 255).astype(np.uint8)
    mapped = pixels.tobytes().translate(table.tobytes())  # 85 us for 280x280 pixels; table[pixels] takes 195
    return np.frombuffer(mapped, np.uint8).reshape(pixels.shape)


def _paper(pixels: Picture) -> int:
    """Return the median of the outermost pixels. By sorting: `np.median` imports numpy.ma, 10 ms of a cold start."""
    edge = np.sort(np.concatenate(outermost(pixels)))
    return int(edge[edge.size // 2])


def outermost(pixels: "NDArray[Any]") -> "tuple[NDArray[Any], ...]":
    """Return the first and last row and column of an image (h, w)."""
    return pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]


def _bounding_box(ink: Picture) -> tuple[int, int, int, int]:
    """Find the left, upper, right and lower edge of the digit, in pixels."""
    noise = NOISE_LEVEL if max(ink.shape) > SIZE else 0
    box = Image.fromarray((ink > noise).view(np.uint8)).getbbox()
    assert box is not None  # _stretch_contrast raises NothingDrawn if there is no ink
    return box


def _scale(ink: Picture, box: tuple[int, int, int, int]) -> Picture:
    """Scale the box around the digit so that its longer side has DIGIT pixels.

    Bilinear, with the support scaled: MNIST's strokes are that soft. A sharper filter costs the tree 2 to 4 percentage
    points of accuracy on handwriting, the MLP none. `reducing_gap` averages blocks of pixels
    first where three of them fit: 27 us instead of 45, and the tree classifies one of 2,840 handwritten digits
    differently.
    """
    left, upper, right, lower = box
    width, height = right - left, lower - upper
    if max(width, height) == DIGIT:
        return ink[upper:lower, left:right]
    scale = DIGIT / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    digit = np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BILINEAR, box, reducing_gap=3))
    strongest = int(digit.max())
    return digit if strongest > THIN_STROKE_LEVEL else _amplify(digit, strongest)


def _saturate(digit: Picture) -> Picture:
    """Make three tenths of the stronger pixels full ink, as in MNIST: a photograph's strokes are softer."""
    strong = digit[digit > SOFT * int(digit.max())]
    full = float(np.quantile(strong, SATURATED))
    saturated: Picture = np.minimum(digit * (255 / full), 255).astype(np.uint8)
    return saturated


def _amplify(digit: Picture, strongest: int) -> Picture:
    """Restore the ink that scaling took from thin strokes: without it, half of such digits are misclassified."""
    if strongest == 0:
        raise NothingDrawn("The picture has only specks. Draw one digit, 0 to 9, with a thicker pen.")
    return (digit * (255 / strongest)).astype(np.uint8)


def _center(digit: Picture) -> Picture:
    """Place the digit on a blank picture with its center of mass, to the nearest pixel, on CENTER."""
    height, width = digit.shape
    # One product for mass and moments of rows and columns: separate sums take twice as long, 24 us.
    (mass, across), (down, _) = (MOMENTS[:, :height] @ digit.astype(np.float32) @ MOMENTS[:, :width].T).tolist()
    top = min(max(int(CENTER - down / mass + 0.5), 0), SIZE - height)
    left = min(max(int(CENTER - across / mass + 0.5), 0), SIZE - width)
    picture = np.zeros((SIZE, SIZE), np.uint8)
    picture[top : top + height, left : left + width] = digit
    return picture
