"""Photographs of a digit on paper: pen, ruling, desk, light, shadow, sensor."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from evaluation.pictures.rulings import Ruling, rule
from evaluation.pictures.writing import Color, Cover, Pixels, cover, paint, picture, points, smooth_noise
from training.strokes.canvas import Strokes

WIDTH, HEIGHT = 420, 560  # pixels; a phone's photograph, reduced as messengers do
PAPER: Color = (237, 234, 227)
DESK: Color = (124, 86, 54)
BALLPOINT: Color = (40, 50, 142)
FELT: Color = (30, 30, 34)
GRAPHITE: Color = (108, 108, 112)
PAPER_GRAIN = 1.4  # gray levels
SHEET = 0.42  # of the picture's sides, from its middle to the edges of a sheet on a desk
TILT = 6  # degrees either way, of the sheet on the desk
PENUMBRA = 0.006  # width of a shadow's edge, as a fraction of the picture
OPTICS = 0.7  # pixels of blur


@dataclass(frozen=True)
class Photograph:
    """What lies before the camera, and the light. Lengths are fractions of the picture's width."""

    color: Color = BALLPOINT
    pen: float = 0.008  # diameter
    length: float = 0.4  # of the digit's longer side
    broken: bool = False  # the color covers the paper's grain only in part, as graphite does
    ruling: Ruling | None = None
    desk: bool = False
    falloff: float = 0.0  # share of the light that is lost across the picture
    shadow: float = 0.0  # share of the light that is lost beyond the edge of a shadow
    noise: float = 3.0  # gray levels of the sensor


def photograph(strokes: Strokes, scene: Photograph, rng: np.random.Generator) -> Image.Image:
    """Write a digit near the middle of a sheet and photograph it. Returns an RGB image."""
    sheet = _paper(rng)
    if scene.ruling:
        sheet = rule(sheet, scene.ruling, rng)
    sheet = paint(sheet, _written(strokes, scene, rng), scene.color)
    if scene.desk:
        sheet = _on_desk(sheet, rng)
    return _exposed(sheet * _light(scene, rng)[..., None], scene.noise, rng)


def _paper(rng: np.random.Generator) -> Pixels:
    grain = smooth_noise(HEIGHT, WIDTH, 1, rng)[:HEIGHT, :WIDTH] + smooth_noise(HEIGHT, WIDTH, 6, rng)
    return np.asarray(PAPER, np.float32) + PAPER_GRAIN * grain[..., None]


def _written(strokes: Strokes, scene: Photograph, rng: np.random.Generator) -> Cover:
    center = WIDTH * rng.uniform(0.44, 0.56), HEIGHT * rng.uniform(0.43, 0.57)
    covered = cover(points(strokes, scene.length * WIDTH, center), WIDTH, HEIGHT, scene.pen * WIDTH)
    if scene.broken:
        covered = covered * (0.75 + 0.3 * smooth_noise(HEIGHT, WIDTH, 2, rng)).clip(0.25, 1)
    return covered


def _on_desk(sheet: Pixels, rng: np.random.Generator) -> Pixels:
    """Show wood around a slightly tilted sheet."""
    across, down = _rotated(np.deg2rad(rng.uniform(-TILT, TILT)))
    wood = np.asarray(DESK, np.float32) * (1 + 0.1 * smooth_noise(HEIGHT, WIDTH, 24, rng))[..., None]
    return np.where(((abs(across) < SHEET) & (abs(down) < SHEET))[..., None], sheet, wood)


def _light(scene: Photograph, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the light (HEIGHT, WIDTH) on each point, as a share of the strongest."""
    light = np.ones((HEIGHT, WIDTH), np.float32)
    if scene.falloff:
        along, across = _rotated(rng.uniform(0, 2 * np.pi))
        ramp = (along - along.min()) / np.ptp(along)
        light *= (1 - scene.falloff * ramp) * (1 - scene.falloff / 2 * (along**2 + across**2))
    if scene.shadow:
        along, _ = _rotated(rng.uniform(0, 2 * np.pi))
        light *= 1 - scene.shadow * (1 + np.tanh((along - rng.uniform(-0.18, 0.18)) / PENUMBRA)) / 2
    return light


def _rotated(angle: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the place of each pixel along and across a direction: 0 in the middle, 0.5 at an edge."""
    x = np.linspace(-0.5, 0.5, WIDTH, dtype=np.float32)
    y = np.linspace(-0.5, 0.5, HEIGHT, dtype=np.float32)[:, None]
    cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return x * cosine + y * sine, y * cosine - x * sine


def _exposed(scene: Pixels, noise: float, rng: np.random.Generator) -> Image.Image:
    """Blur as a lens does, and add a sensor's noise: brightness more than color."""
    sharp = np.asarray(picture(scene).filter(ImageFilter.GaussianBlur(OPTICS)), np.float32)
    gray, color = rng.standard_normal(sharp.shape[:2], np.float32), rng.standard_normal(sharp.shape, np.float32)
    return picture(sharp + noise * (gray[..., None] + color / 2))
