"""Pictures that are not one digit."""

import numpy as np
from PIL import Image

from evaluation.out_of_distribution.kinds import curve
from evaluation.pictures.drawings import paper
from evaluation.pictures.writing import cover, on_canvas, points
from training.strokes.canvas import CANVAS, Strokes

APART = 0.62  # from the middle of one digit to that of the other, as a fraction of the canvas
PAIR_LENGTH = 0.55  # of each digit's longer side, as a fraction of the canvas
CIRCLE = 0.72  # radius around a digit whose longer side is 1
CIRCLED_LENGTH, CIRCLED_BRUSH = 0.5, 0.045  # as fractions of the canvas


def two_digits(strokes: Strokes, other: Strokes) -> Image.Image:
    """Draw two digits side by side."""
    first, middle, length = 0.45 * CANVAS, CANVAS / 2, PAIR_LENGTH * CANVAS
    placed = [*points(strokes, length, (first, middle)), *points(other, length, (first + APART * CANVAS, middle))]
    return paper(cover(placed, round(2 * first + APART * CANVAS), CANVAS))


def encircled(strokes: Strokes) -> Image.Image:
    """Draw a circle around a digit."""
    angles = np.linspace(0, 2 * np.pi, 60)
    circle = (0.5 + CIRCLE * np.stack((np.cos(angles), np.sin(angles)), axis=1)).tolist()
    return paper(on_canvas([*strokes, circle], CIRCLED_BRUSH, CIRCLED_LENGTH))


def scribble(rng: np.random.Generator) -> Image.Image:
    """Draw one or two smooth curves."""
    return paper(on_canvas([curve(rng) for _ in range(rng.integers(1, 3))]))
