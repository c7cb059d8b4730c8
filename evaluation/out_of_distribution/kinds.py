"""Out-of-distribution images, normalized as in serving: letters, scribbles, noise, and printed digits as a control.

Letters are of fonts that ship with matplotlib, distorted like handwriting. A score may separate them from MNIST by
their style alone; digits of the same fonts show whether it does.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digits.errors import NothingDrawn
from digits.preprocess import SIZE, normalize
from evaluation.schema import ImageKind
from training.augmentation import augment
from training.dataset import Images
from training.recipes import Distortion
from training.strokes.canvas import Placement, draw

LETTERS = "ACEFHKMNPRTUVWXacdefhkmnprtuvwx"  # none that resembles a digit in handwriting
DIGITS = "0123456789"
FONTS = (
    *("DejaVuSans", "DejaVuSans-Oblique", "DejaVuSansMono", "DejaVuSerif", "DejaVuSerif-Italic"),
    *("DejaVuSans-Bold", "STIXGeneralBol", "STIXGeneralBolIta", "cmss10", "cmb10"),
)
FONT_SIZE = 160  # pixels: strokes of 10 to 20 pixels, which become 2 or 3
CONTRAST = 2.0  # times the brightness: scaling and distortion leave strokes fainter than MNIST's
DISTORTION = Distortion(rotation=12, scale=0.15, shear=0.15, shift=0, elastic=0.8, thickness=0.4)
SCRIBBLE = Placement(0.6, 0.75, 0.05)
SEED = 0

type Maker = Callable[[int, Images, np.random.Generator], Images]


def letters(n: int, _: Images, rng: np.random.Generator) -> Images:
    return _printed(LETTERS, n, rng)


def printed_digits(n: int, _: Images, rng: np.random.Generator) -> Images:
    return _printed(DIGITS, n, rng)


def scribbles(n: int, _: Images, rng: np.random.Generator) -> Images:
    """Draw one or two smooth curves with the page's brush."""
    return np.stack([normalize(draw([curve(rng) for _ in range(rng.integers(1, 3))], SCRIBBLE, rng)) for _ in range(n)])


def noise(n: int, digits: Images, rng: np.random.Generator) -> Images:
    """Make uniform noise, salt-and-pepper noise, and digits with shuffled pixels, in turn."""
    pictures = []
    for number in range(n):
        match number % 3:
            case 0:
                pixels = rng.integers(0, 256, (SIZE, SIZE))
            case 1:
                pixels = (rng.random((SIZE, SIZE)) < rng.uniform(0.1, 0.3)) * 255
            case _:
                pixels = rng.permutation(digits[number % len(digits)].ravel()).reshape(SIZE, SIZE)
        pictures.append(_normalized(pixels.astype(np.uint8)))
    return np.stack(pictures)


KINDS: dict[ImageKind, Maker] = {
    "letters": letters,
    "scribbles": scribbles,
    "noise": noise,
    "printed digits": printed_digits,
}


def make(kind: ImageKind, n: int, digits: Images) -> Images:
    """Make n images of one kind, (n, 28, 28) uint8, the same each time. Pixels of `digits` are shuffled for noise."""
    return KINDS[kind](n, digits, np.random.default_rng((SEED, list(KINDS).index(kind))))


def _normalized(pixels: Images) -> Images:
    """Normalize a picture (28, 28); return it unchanged if no digit is found, so that the models see noise."""
    try:
        return normalize(Image.fromarray(pixels))
    except NothingDrawn:
        return pixels


def _printed(characters: str, n: int, rng: np.random.Generator) -> Images:
    chosen = [(rng.choice(list(characters)), rng.choice(FONTS)) for _ in range(n)]
    glyphs = np.stack([_glyph(str(character), str(font)) for character, font in chosen])
    distorted = (augment(glyphs, DISTORTION, rng) * CONTRAST).round().clip(0, 255).astype(np.uint8)
    return np.stack([normalize(Image.fromarray(picture)) for picture in distorted])


@cache
def _glyph(character: str, font: str) -> Images:
    canvas = Image.new("L", (2 * FONT_SIZE, 2 * FONT_SIZE))
    ImageDraw.Draw(canvas).text((FONT_SIZE, FONT_SIZE), character, 255, _font(font), "mm")
    return normalize(canvas)


@cache
def _font(name: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf"), FONT_SIZE)


def curve(rng: np.random.Generator) -> list[list[float]]:
    """Return points of an open or closed curve of slow waves, inside the unit square."""
    time = np.linspace(0, rng.uniform(0.3, 0.9), 80)
    waves = np.arange(1, 5)
    axes = []
    for _ in "xy":
        weights = rng.standard_normal(len(waves)) / np.sqrt(waves)
        phases = rng.uniform(0, 2 * np.pi, len(waves))
        axis = (weights * np.sin(2 * np.pi * np.outer(time, waves) + phases)).sum(axis=1)
        axes.append((axis - axis.min()) / np.ptp(axis))
    points: list[list[float]] = np.stack(axes, axis=1).tolist()
    return points
