"""Photographs of a whiteboard or a blackboard."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from evaluation.pictures.writing import Color, cover, paint, picture, points, smooth_noise
from training.strokes.canvas import Strokes

SIDE = 480  # pixels
LENGTH = 0.45  # of the digit's longer side, as a fraction of the picture
PEN = 0.022  # diameter, as a fraction of the picture
LAMP = 0.07  # radius of a reflected lamp, as a fraction of the picture
SENSOR = 3.0  # gray levels of noise
DUST_GRAIN = 8  # pixels


@dataclass(frozen=True)
class Board:
    """Colors of a board and of the pen, and what the light does."""

    surface: Color
    color: Color
    glare: float = 0.0  # gray levels that a reflected lamp adds
    dust: float = 1.5  # gray levels of wiped chalk
    falloff: float = 0.15  # share of the light that is lost from corner to corner


def photograph(strokes: Strokes, board: Board, rng: np.random.Generator) -> Image.Image:
    """Write a digit in the middle of a board and photograph it. Returns an RGB image."""
    written = cover(points(strokes, LENGTH * SIDE, (SIDE / 2, SIDE / 2)), SIDE, SIDE, PEN * SIDE)
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) / SIDE
    scene = paint(board.surface, written, board.color)
    scene = scene + board.dust * smooth_noise(SIDE, SIDE, DUST_GRAIN, rng)[..., None]
    scene = scene * (1 - board.falloff * (x + y) / 2)[..., None]
    lamp = rng.uniform(0.08, 0.92, 2)
    scene = scene + (board.glare * np.exp(-((x - lamp[0]) ** 2 + (y - lamp[1]) ** 2) / (2 * LAMP**2)))[..., None]
    sharp = np.asarray(picture(scene).filter(ImageFilter.GaussianBlur(0.8)), np.float32)
    return picture(sharp + SENSOR * rng.standard_normal((SIDE, SIDE, 1), np.float32))
