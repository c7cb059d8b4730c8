"""Synthetic handwriting: pen strokes of digits with random size, position, slant and wobble.

Each digit has one or two templates, the forms taught at school.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Strokes = list[NDArray[np.float64]]  # each (points, 2): x, y downward, in widths of the canvas

SEED = 6
SIZES = (0.5, 0.8)  # of the digit's height, in widths of the canvas
MAX_OFFSET = 0.06  # of the digit's center from the canvas', in widths of the canvas
SLANT = (-0.1, 0.3)  # to the right, per unit upward
MAX_ROTATION = 0.1  # radians, either way
WOBBLE = 0.012  # standard deviation, in heights of the digit
SMOOTHING = np.full(5, 0.4)  # twice the mean of five points: a slow wobble
SPACING = 0.13  # between points, in heights of the digit: that of quick writing


@dataclass(frozen=True)
class Digit:
    """A drawn digit."""

    label: int
    strokes: Strokes


def digits(count: int, seed: int = SEED) -> Iterator[Digit]:
    """Yield random digits, 0 to 9 and again from 0; the same ones for the same seed."""
    rng = np.random.default_rng(seed)
    for index in range(count):
        label = index % 10
        templates = TEMPLATES[label]
        yield Digit(label, _vary(templates[index // 10 % len(templates)], rng))


def _vary(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    angle, slant = rng.uniform(-MAX_ROTATION, MAX_ROTATION), rng.uniform(*SLANT)
    stretch = [rng.uniform(0.85, 1.15), 1.0]
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    size, center = rng.uniform(*SIZES), 0.5 + rng.uniform(-MAX_OFFSET, MAX_OFFSET, 2)
    shape = rotation @ [[1, -slant], [0, 1]] * stretch * size
    return [(_wobble(_resample(stroke), rng) - [0.3, 0.5]) @ shape.T + center for stroke in strokes]


def _resample(stroke: NDArray[np.float64]) -> NDArray[np.float64]:
    """Place points at equal distances."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    places = np.linspace(0, along[-1], max(2, round(along[-1] / SPACING)))
    return np.stack([np.interp(places, along, axis) for axis in stroke.T], axis=1)


def _wobble(stroke: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    noise = rng.normal(0, WOBBLE, (len(stroke) + 4, 2))
    wobbly: NDArray[np.float64] = stroke + np.stack([np.convolve(axis, SMOOTHING, "valid") for axis in noise.T], axis=1)
    return wobbly


def _line(*points: tuple[float, float]) -> NDArray[np.float64]:
    return np.array(points, float)


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> NDArray[np.float64]:
    """Return an arc around x, y from one hour of a clock face to another; counterclockwise if `end` is smaller."""
    angle = np.linspace(start, end, 40) * np.pi / 6
    return np.stack([x + rx * np.sin(angle), y - ry * np.cos(angle)], axis=1)


def _join(*parts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate(parts)


# x from 0 to 0.6, y from 0 to 1
TEMPLATES: list[list[Strokes]] = [
    [[_arc(0.3, 0.5, 0.3, 0.5, 12, 0)], [_arc(0.3, 0.5, 0.25, 0.5, 1, -11.5)]],
    [[_line((0.3, 0), (0.3, 1))], [_line((0.1, 0.25), (0.35, 0), (0.35, 1))]],
    [
        [_join(_arc(0.3, 0.28, 0.28, 0.28, -2.5, 4), _line((0.02, 1), (0.6, 1)))],
        [_join(_arc(0.3, 0.25, 0.25, 0.25, -2, 3), _line((0.4, 0.6), (0, 0.98), (0.3, 0.93), (0.6, 1)))],
    ],
    [
        [_join(_arc(0.28, 0.25, 0.27, 0.25, -2, 6), _arc(0.28, 0.74, 0.32, 0.26, 0, 8.5))],
        [_join(_line((0.05, 0), (0.55, 0), (0.25, 0.4)), _arc(0.25, 0.7, 0.33, 0.3, 0, 8.5))],
    ],
    [
        [_line((0.2, 0), (0.02, 0.6), (0.6, 0.6)), _line((0.45, 0.3), (0.42, 1))],
        [_line((0.05, 0), (0.05, 0.5), (0.5, 0.5)), _line((0.5, 0), (0.5, 1))],
    ],
    [
        [_join(_line((0.1, 0), (0.07, 0.42)), _arc(0.25, 0.68, 0.32, 0.31, -1.5, 8.5)), _line((0.1, 0), (0.55, 0.02))],
        [_join(_line((0.55, 0), (0.12, 0), (0.08, 0.43)), _arc(0.25, 0.69, 0.32, 0.31, -1.5, 8.5))],
    ],
    [
        [_join(_line((0.45, 0)), _arc(0.5, 0.7, 0.48, 0.7, -0.7, -3), _arc(0.3, 0.7, 0.28, 0.3, -3, -15.5))],
        [_join(_line((0.4, 0), (0.1, 0.5)), _arc(0.3, 0.72, 0.27, 0.28, -3, -16))],
    ],
    [
        [_line((0.02, 0.03), (0.58, 0), (0.25, 1))],
        [_line((0.02, 0), (0.58, 0), (0.22, 1)), _line((0.18, 0.52), (0.55, 0.48))],
    ],
    [
        [
            _join(
                _arc(0.3, 0.25, 0.24, 0.25, 1.5, -6),
                _arc(0.3, 0.75, 0.28, 0.25, 0, 12),
                _arc(0.3, 0.25, 0.24, 0.25, 6, 1),
            )
        ]
    ],
    [
        [_join(_arc(0.28, 0.28, 0.26, 0.28, 2.5, -9), _line((0.54, 0.1), (0.5, 1)))],
        [_join(_arc(0.28, 0.27, 0.26, 0.27, 2.5, -9), _line((0.54, 0.2)), _arc(0.25, 0.65, 0.29, 0.35, 3, 7.5))],
    ],
]
