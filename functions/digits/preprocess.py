"""A picture of one digit comes in; the 28x28 picture that both models were trained on goes out.

`normalize` does to any picture of one digit what MNIST's authors did to their scans, so it is the identity on
MNIST itself, and training, evaluation and serving share it. Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner,
"Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998, section III.A.
"""

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from digits.decode import MAX_DECODE_SIDE
from digits.errors import NothingDrawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 28  # pixels, each side of the picture that the models see
DIGIT = 20  # pixels, the longer side of the digit in it
CENTER = 14  # pixel index, both axes, of the digit's centre of mass
MIN_CONTRAST = 16  # grey levels of 255 between ink and paper; JPEG noise on an empty page stays below
FULL_CONTRAST = 250  # grey levels; MNIST's digits all reach 254 and are not stretched
THIN = 127  # of 255; weaker after scaling is a line thinner than half a pixel
FAINT = 63  # of 255; no ink where a picture is larger than 28x28 (noise, JPEG halos)


LEVELS = np.arange(256)  # of grey
MOMENTS = np.stack((np.ones(DIGIT), np.arange(DIGIT))).astype(np.float32)  # mass, and mass times index: whole numbers

type Picture = NDArray[np.uint8]


def normalize(image: Image.Image) -> Picture:
    """Find the digit in a picture of any size, mode and polarity, and draw it as MNIST's authors would have.

    image: any mode; ink may be darker or lighter than the paper, or be the opaque part of a transparent picture
    returns: (28, 28) uint8, 0 paper .. 255 ink, the digit's longer side 20 pixels, its centre of mass on (14, 14)
    raises: NothingDrawn
    """
    ink = _ink(_pixels(_smaller(_grey(image))))
    return _place(_scale(ink, _box(ink)))


def _grey(image: Image.Image) -> Image.Image:
    """Reduce to one 8-bit channel; what is transparent becomes paper."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if not image.has_transparency_data:
        return image.convert("L")
    image = image if image.mode == "RGBA" else image.convert("RGBA")
    if (
        image.width * image.height >= 4 * MAX_DECODE_SIDE * MAX_DECODE_SIDE
    ):  # one at a time: Pillow would first copy them all
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
    """Average squares of pixels where there are more than MAX_DECODE_SIDE a side, as `draft` does with a JPEG."""
    factor = math.isqrt(channel.width * channel.height) // MAX_DECODE_SIDE
    return channel.reduce(factor) if factor > 1 else channel


def _ink(pixels: Picture) -> Picture:
    """Make the paper 0 and the strongest ink 255, whichever of the two was darker."""
    edge = np.concatenate((pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]))
    edge.sort()
    paper = int(edge[edge.size // 2])
    darkest, lightest = int(pixels.min()), int(pixels.max())
    strongest = lightest if lightest - paper >= paper - darkest else darkest
    contrast = abs(strongest - paper)
    if contrast < MIN_CONTRAST:
        raise NothingDrawn("The picture is empty. Draw one digit, 0 to 9, and send it again.")
    if paper == 0 and contrast >= FULL_CONTRAST:
        return pixels
    levels = (LEVELS - paper if strongest > paper else paper - LEVELS) * 255 // contrast
    table = levels.clip(0, 255).astype(np.uint8).tobytes()
    return np.frombuffer(pixels.tobytes().translate(table), np.uint8).reshape(pixels.shape)


def _box(ink: Picture) -> tuple[int, int, int, int]:
    """Find the left, upper, right and lower edge of the digit."""
    box = _image((ink > FAINT).view(np.uint8) if max(ink.shape) > SIZE else ink).getbbox()
    assert box is not None  # _ink's brightest level is 255
    return box


def _scale(ink: Picture, box: tuple[int, int, int, int]) -> Picture:
    """Scale the box around the digit so that its longer side has DIGIT pixels.

    Bilinear, with the support that the scale asks for: MNIST's strokes are that soft. A sharper filter costs the tree
    2 to 4 points on drawn strokes, the network none. The gap lets Pillow begin with whole squares of pixels where
    three of them fit: 27 us instead of 45, and no other answer for 2,840 drawn digits but one of the tree's.
    """
    left, upper, right, lower = box
    width, height = right - left, lower - upper
    if max(width, height) == DIGIT:
        return ink[upper:lower, left:right]
    scale = DIGIT / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    digit = _pixels(_image(ink).resize(size, Image.Resampling.BILINEAR, box, reducing_gap=3))
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


def _image(pixels: Picture) -> Image.Image:
    """Lend the memory of (height, width) uint8 to an L image."""
    return Image.frombuffer("L", pixels.shape[::-1], pixels, "raw", "L", 0, 1)
