"""Synthetic pictures that are not one digit, normalized as in serving: the negative examples of the detector.

Outlier exposure: D. Hendrycks, M. Mazeika, T. Dietterich, "Deep anomaly detection with outlier exposure", ICLR 2019.
"""

from collections.abc import Callable, Collection

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from digits.errors import NothingDrawn
from digits.preprocess import SIZE, normalize
from training.dataset import CLASSES, Images, Split
from training.digit_likeness import shapes

CANVAS = 112  # pixels, of each side; strokes are drawn here
PEN = (0.04, 0.16)  # diameter, as a fraction of the canvas
ENCLOSED = (0, 2, 3, 4, 5, 6, 8, 9)  # an encircled 1 or 7 resembles a slashed 0
SMOOTH = 30  # points; a stroke of as many has no corners to round
ASYMMETRIC = (2, 3, 4, 5)  # digits that are none when they lie on their side

type Picture = Image.Image  # L, black on white paper: 0 paper .. 255 ink
type Maker = Callable[[Split, np.random.Generator], Picture]


def make(count: int, digits: Split, rng: np.random.Generator) -> Images:
    """Make `count` pictures (count, 28, 28) uint8, 0 paper .. 255 ink, of the kinds of MAKERS in turn."""
    pictures = list[Images]()
    while len(pictures) < count:
        try:
            pictures.append(normalize(MAKERS[len(pictures) % len(MAKERS)](digits, rng)))
        except NothingDrawn:  # thin strokes may vanish
            continue
    return np.stack(pictures)


def row(digits: Split, rng: np.random.Generator) -> Picture:
    """Place two digits, or three, side by side: apart, touching or overlapping."""
    paper = np.zeros((2 * SIZE, 5 * SIZE), np.uint8)
    left = 0
    for _ in range(3 if rng.random() < 0.2 else 2):
        digit = _crop(_pick(digits, rng))
        top = rng.integers(0, 2 * SIZE - len(digit) + 1) if rng.random() < 0.2 else (2 * SIZE - len(digit)) // 2
        place = paper[top : top + len(digit), left : left + digit.shape[1]]
        np.maximum(place, digit, out=place)
        left += max(4, digit.shape[1] + int(rng.integers(-3, 10)))
    return Image.fromarray(paper)


def enclosed(digits: Split, rng: np.random.Generator) -> Picture:
    """Draw a circle, an oval or a box around a digit."""
    digit = Image.fromarray(_crop(_pick(digits, rng, ENCLOSED)))
    scale = CANVAS * rng.uniform(0.35, 0.65) / max(digit.size)
    digit = digit.resize((max(1, round(digit.width * scale)), max(1, round(digit.height * scale))))
    paper = Image.new("L", (CANVAS, CANVAS))
    margin = rng.uniform(0.06, 0.2, 2) * CANVAS if rng.random() < 0.5 else np.full(2, rng.uniform(0.06, 0.15) * CANVAS)
    box = (*margin, *(CANVAS - margin))
    width = round(CANVAS * rng.uniform(0.02, 0.1))
    pen = ImageDraw.Draw(paper)
    if rng.random() < 0.7:
        pen.ellipse(box, outline=255, width=width)
    else:
        pen.rectangle(box, outline=255, width=width)
    corner = [(CANVAS - side) // 2 + int(rng.integers(-5, 6)) for side in digit.size]
    paper.paste(255, (corner[0], corner[1]), digit)
    return paper


def crossed_out(digits: Split, rng: np.random.Generator) -> Picture:
    """Draw a cross, or a zigzag, over a digit."""
    paper = Image.fromarray(_pick(digits, rng)).resize((CANVAS, CANVAS))
    strokes = shapes.template(rng, shapes.CROSSES) if rng.random() < 0.5 else shapes.scratch(rng)
    draw(paper, [stroke * rng.uniform(0.5, 0.8) + 0.2 for stroke in strokes], rng.uniform(0.05, 0.1))
    return paper


def on_its_side(digits: Split, rng: np.random.Generator) -> Picture:
    """Turn an asymmetric digit by a quarter."""
    return Image.fromarray(np.rot90(_pick(digits, rng, ASYMMETRIC), 1 if rng.random() < 0.5 else 3))


def drawn(_: Split, rng: np.random.Generator) -> Picture:
    """Draw a letter, a sign, a shape or a scribble with a pen of any width."""
    paper = Image.new("L", (CANVAS, CANVAS))
    shape = shapes.SHAPES[rng.integers(len(shapes.SHAPES))]
    draw(paper, [0.15 + 0.7 * stroke for stroke in shape(rng)], rng.uniform(*PEN))
    return paper


def blot(_: Split, rng: np.random.Generator) -> Picture:
    """Make blots: noise of a random grain above a threshold."""
    cells = rng.integers(3, 29)
    field = Image.fromarray(rng.integers(0, 256, (cells, cells)).astype(np.uint8)).resize(
        (SIZE, SIZE), Image.Resampling.BICUBIC
    )
    threshold = rng.integers(90, 200)
    picture = field.point(lambda level: max(0, level - threshold) * 255 // (255 - threshold))
    picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1)))
    return picture


MAKERS: list[Maker] = [row, drawn, enclosed, drawn, row, drawn, crossed_out, drawn, blot, drawn, on_its_side, drawn]


def _pick(digits: Split, rng: np.random.Generator, among: Collection[int] = range(CLASSES)) -> Images:
    """Return a random image (28, 28) of one of the classes."""
    while digits.labels[index := rng.integers(len(digits))] not in among:
        continue
    return digits.images[index]  # type: ignore[no-any-return]


def _crop(picture: Images) -> Images:
    """Cut the ink out, (height, width), squeezed or stretched a little by the caller's scaling."""
    left, upper, right, lower = Image.fromarray((picture > 40).astype(np.uint8)).getbbox() or (0, 0, SIZE, SIZE)
    return picture[upper:lower, left:right]


def draw(paper: Picture, strokes: shapes.Strokes, width: float) -> None:
    """Draw strokes in the unit square with round joints and ends; `width` is a fraction of the canvas."""
    pen, radius = ImageDraw.Draw(paper), width * CANVAS / 2
    for stroke in strokes:
        points = [(x * CANVAS, y * CANVAS) for x, y in stroke]
        pen.line(points, 255, round(2 * radius))
        for x, y in points if len(points) < SMOOTH else (points[0], points[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
