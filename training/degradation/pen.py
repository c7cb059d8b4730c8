"""What pens and paper do: thick, thin, interrupted and hollow strokes, lines through the digit, spots."""

import numpy as np

from training.augmentation import Floats, neighbors
from training.degradation.sampling import COLUMNS, ROWS, chance, smooth_noise, uniform

INK = 255


def thicken(images: Floats, rng: np.random.Generator) -> Floats:
    """Widen the strokes by up to 3 pixels on each side: a pen of a quarter of the canvas."""
    amount = uniform(rng, 0.3, 3, len(images))
    for step in range(3):
        wider = np.maximum.reduce(neighbors(images))
        images = images + (amount - step).clip(0, 1) * (wider - images)
    return images


def thin(images: Floats, rng: np.random.Generator) -> Floats:
    """Narrow the strokes by up to a pixel on each side, and fade what is left of them."""
    narrower = np.minimum.reduce(neighbors(images))
    narrow = images + uniform(rng, 0.3, 1, len(images)) * (narrower - images)
    strongest = narrow.max(axis=(1, 2), keepdims=True).clip(1)
    faint: Floats = narrow * (INK / strongest) ** uniform(rng, 0, 1, len(images))
    return faint


def interrupt(images: Floats, rng: np.random.Generator) -> Floats:
    """Erase one to three thin lines, or spots: a pen that skips, paper that is worn."""
    n = len(images)
    for number in range(3):
        line = _line(n, rng, reach=(6, 20), half_width=(0.2, 1.2), dashed=0.3)
        images = images * (1 - line * (chance(rng, 0.5, n) if number else 1))
    holes = (smooth_noise(rng, uniform(rng, 0.4, 1.2, n)) - uniform(rng, 0.8, 2, n)).clip(0, 0.5) * 2
    return np.where(chance(rng, 0.5, n), images * (1 - holes), images)


def cross_out(images: Floats, rng: np.random.Generator) -> Floats:
    """Draw one or two lines over the digit: straight, zigzag, dashed or dotted; they may extend beyond it."""
    n = len(images)
    ink = uniform(rng, 150, INK, n)
    first = _line(n, rng, reach=(5, 16), half_width=(0.3, 1.3), dashed=0.35)
    second = _line(n, rng, reach=(5, 16), half_width=(0.3, 1), dashed=0.35) * chance(rng, 0.2, n)
    return np.maximum(images, ink * np.maximum(first, second))


def spatter(images: Floats, rng: np.random.Generator) -> Floats:
    """Add specks and stains of ink."""
    n = len(images)
    field = smooth_noise(rng, uniform(rng, 0.5, 2, n)) - uniform(rng, 1.2, 2.8, n)
    spotted: Floats = np.maximum(images, uniform(rng, 100, INK, n) * (field * 3).clip(0, 1))
    return spotted


def outline(images: Floats, rng: np.random.Generator) -> Floats:
    """Leave only the edges of the strokes, as of outlined letters or of a scan that was sharpened."""
    n = len(images)
    wider, narrower = np.maximum.reduce(neighbors(images)), np.minimum.reduce(neighbors(images))
    outside = uniform(rng, 0, 1, n) > 0.4
    edges = np.where(outside, wider - images, images - narrower)
    binary = uniform(rng, 0, 1, n) > 0.6
    sharp = INK * (edges > uniform(rng, 40, 128, n)).astype(np.float32)
    edges = np.where(binary, sharp, edges * 1.2)
    outlined: Floats = edges + uniform(rng, 0, 0.3, n) * images * chance(rng, 0.3, n)
    return outlined


def _line(
    n: int, rng: np.random.Generator, reach: tuple[float, float], half_width: tuple[float, float], dashed: float
) -> Floats:
    """Sample lines in any direction, near the middle. Returns how far each pixel is covered, (n, 28, 28), 0..1.

    reach: half the length, half_width, both in pixels; dashed: the fraction of lines with gaps. Half of the lines
    are zigzags.
    """
    angle = uniform(rng, 0, np.pi, n)
    row, column = ROWS - uniform(rng, -6, 6, n), COLUMNS - uniform(rng, -5, 5, n)
    along = column * np.cos(angle) + row * np.sin(angle)
    across = row * np.cos(angle) - column * np.sin(angle)
    period, phase = uniform(rng, 4, 16, n), uniform(rng, 0, 1, n)
    amplitude = uniform(rng, 1, 4, n) * chance(rng, 0.5, n)
    wave = np.abs((along / period + phase) % 1 * 4 - 2) - 1  # -1..1
    slope = np.hypot(1, 4 * amplitude / period)
    half = uniform(rng, *half_width, n)
    covered = (half + 0.5 - np.abs(across - amplitude * wave) / slope).clip(0, 1)
    covered *= (uniform(rng, *reach, n) + 0.5 - np.abs(along)).clip(0, 1)
    spacing = uniform(rng, 2, 4, n)
    gaps = (along / spacing + phase) % 1 < uniform(rng, 0.4, 0.7, n)
    return np.where(chance(rng, dashed, n), covered * gaps, covered)  # type: ignore[no-any-return]
