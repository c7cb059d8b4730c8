"""A seed comes in; pictures that are no digits go out, normalized as the function does it: letters, scribbles, noise.

The letters are of fonts that matplotlib brings along, bent as handwriting bends. A score may tell them from MNIST by
their style alone, so there are digits of the same fonts, too: whoever tells digits from the rest must know these.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digits.preprocess import normalize
from training.augmentation import augment
from training.dataset import Images
from training.recipes import Distortion
from training.strokes.canvas import Placement, draw

LETTERS = "ACEFHKMNPRTUVWXacdefhkmnprtuvwx"  # none that a hand may write like a digit
DIGITS = "0123456789"
FONTS = (
    *("DejaVuSans", "DejaVuSans-Oblique", "DejaVuSansMono", "DejaVuSerif", "DejaVuSerif-Italic"),
    *("DejaVuSans-Bold", "STIXGeneralBol", "STIXGeneralBolIta", "cmss10", "cmb10"),
)
FONT_SIZE = 160  # pixels: strokes of 10 to 20, which become 2 or 3
INK = 2.0  # times the brightness: what was scaled and bent is fainter than MNIST's ink
BENT = Distortion(rotation=12, scale=0.15, shear=0.15, shift=0, elastic=0.8, thickness=0.4)
SHEET = Placement(0.6, 0.75, 0.05)
SEED = 0

type Make = Callable[[int, Images, np.random.Generator], Images]


def letters(n: int, _: Images, rng: np.random.Generator) -> Images:
    return _printed(LETTERS, n, rng)


def printed_digits(n: int, _: Images, rng: np.random.Generator) -> Images:
    return _printed(DIGITS, n, rng)


def scribbles(n: int, _: Images, rng: np.random.Generator) -> Images:
    """One or two smooth curves each, drawn with the page's brush."""
    return np.stack([normalize(draw([_curve(rng) for _ in range(rng.integers(1, 3))], SHEET, rng)) for _ in range(n)])


def noise(n: int, digits: Images, rng: np.random.Generator) -> Images:
    """Uniform noise, salt and pepper, and digits with their pixels shuffled, in turn."""
    pictures = []
    for number in range(n):
        match number % 3:
            case 0:
                pixels = rng.integers(0, 256, (28, 28))
            case 1:
                pixels = (rng.random((28, 28)) < rng.uniform(0.1, 0.3)) * 255
            case _:
                pixels = rng.permutation(digits[number % len(digits)].ravel()).reshape(28, 28)
        pictures.append(normalize(Image.fromarray(pixels.astype(np.uint8))))
    return np.stack(pictures)


KINDS: dict[str, Make] = {
    "letters": letters,
    "scribbles": scribbles,
    "noise": noise,
    "printed digits": printed_digits,
}


def make(kind: str, n: int, digits: Images) -> Images:
    """Make n pictures of one kind, (n, 28, 28) uint8; the same ones each time. `digits` lend the pixels to shuffle."""
    return KINDS[kind](n, digits, np.random.default_rng((SEED, list(KINDS).index(kind))))


def _printed(characters: str, n: int, rng: np.random.Generator) -> Images:
    chosen = [(rng.choice(list(characters)), rng.choice(FONTS)) for _ in range(n)]
    straight = np.stack([_glyph(str(character), str(font)) for character, font in chosen])
    bent = (augment(straight, BENT, rng) * INK).round().clip(0, 255).astype(np.uint8)
    return np.stack([normalize(Image.fromarray(picture)) for picture in bent])


@cache
def _glyph(character: str, font: str) -> Images:
    canvas = Image.new("L", (2 * FONT_SIZE, 2 * FONT_SIZE))
    ImageDraw.Draw(canvas).text((FONT_SIZE, FONT_SIZE), character, 255, _font(font), "mm")
    return normalize(canvas)


@cache
def _font(name: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf"), FONT_SIZE)


def _curve(rng: np.random.Generator) -> list[list[float]]:
    """A closed or open line of slow waves, inside the unit square."""
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
