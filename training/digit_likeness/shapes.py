"""Strokes of letters, signs, shapes and scribbles, in the unit square, that no one reads as a digit."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

type Stroke = NDArray[np.float64]  # (points, 2): x, y downward
type Strokes = list[Stroke]
type Shape = Callable[[np.random.Generator], Strokes]

TURN = 2 * np.pi


def _lines(*strokes: str) -> Strokes:
    """Read strokes of points `xy`, each coordinate 0..9."""
    return [np.array([(int(point[0]), int(point[1])) for point in stroke.split()]) / 9 for stroke in strokes]


def _oval(start: float = 0.0, end: float = 1.0, radius: float = 0.5) -> Stroke:
    """Return an arc, clockwise from the top, in turns."""
    angle = np.linspace(start, end, 40) * TURN
    return 0.5 + radius * np.stack([np.sin(angle), -np.cos(angle)], axis=1)


def _star() -> Strokes:
    return [_oval(end=2.0)[np.linspace(0, 39, 6).round().astype(int)]]


def _heart() -> Strokes:
    time = np.linspace(0, TURN, 60)
    y = 13 * np.cos(time) - 5 * np.cos(2 * time) - 2 * np.cos(3 * time) - np.cos(4 * time)
    return [np.stack([16 * np.sin(time), -y], axis=1) / 34 + 0.5]


def _spiral() -> Strokes:
    time = np.linspace(0, 3, 120)
    return [0.5 + (time / 6)[:, None] * np.stack([np.sin(time * TURN), -np.cos(time * TURN)], axis=1)]


LETTERS = [
    *(
        _lines("09 40 89", "25 65"),
        _lines("80 00 09 89", "05 65"),
        _lines("80 00 09", "05 65"),
        _lines("00 09", "80 89", "05 85"),
    ),
    *(_lines("00 09", "80 05 89"), _lines("09 00 46 80 89"), _lines("09 00 89 80"), _lines("00 80", "40 49")),
    *(_lines("00 29 44 69 80"), _lines("00 89", "80 09"), _lines("09 00 60 82 64 04 89"), _lines("00 49 80")),
    *(_lines("00 09 89"), _lines("09 00 40 40 49 44 45 40 80 89"), _lines("00 09 03 40 70 83 89")),
    *(_lines("00 06 29 69 86 80 89"), _lines("00 45 80", "45 49", "05 85")),
    *([_oval(0.12, 0.88)], [_oval(), *_lines("55 99")], [_oval(0, 0.5), *_lines("50 00 09 59", "05 55")]),
]
SIGNS = [
    *(
        _lines("40 49", "04 84"),
        _lines("05 39 90"),
        _lines("05 95"),
        _lines("03 93", "06 96"),
        _lines("04 94", "61 94 67"),
    ),
    *(
        _lines("30 29", "70 69", "03 93", "06 96"),
        _lines("05 20 50 99"),
        _lines("00 49 99 90 00"),
        _lines("00 90 99 09 00"),
    ),
    *(_lines("40 09 89 40"), _lines("40 09 89 40", "09 40"), _lines("40 04 49 84 40"), _lines("00 33 06 39 09")),
    *(
        _lines("40 49", "04 84", "11 77", "71 17"),
        _lines("20 00 09 29", "70 90 99 79"),
        _lines("00 09", "50 59", "90 99"),
    ),
    *(_lines("00 09", "80 89"), _lines("05 40 85", "15 19 79 75"), _lines("33 34", "63 64", "16 38 68 86")),
    *(_star(), _heart(), _spiral(), [_oval(), *_lines("33 34", "63 64", "36 47 66")]),
]

CROSSES = [_lines("00 89", "80 09"), _lines("00 89", "80 09", "05 95"), _lines("00 99", "03 96", "30 99", "60 98")]


def loops(rng: np.random.Generator) -> Strokes:
    """Draw a smooth curve through random points."""
    knots = rng.random((rng.integers(5, 12), 2))
    from_knot = np.linspace(1, len(knots) - 2.001, 16 * len(knots))
    start, t = from_knot.astype(int), (from_knot % 1)[:, None]
    before, here, there, after = (knots[start + offset] for offset in (-1, 0, 1, 2))
    # Catmull-Rom spline
    curve = 2 * here + (there - before) * t + (2 * before - 5 * here + 4 * there - after) * t**2
    return [_fit((curve + (3 * here - before - 3 * there + after) * t**3) / 2)]


def waves(rng: np.random.Generator) -> Strokes:
    """Draw a closed curve, each coordinate a sum of two to six sine waves."""
    time, harmonics = np.linspace(0, TURN, 150), np.arange(1, rng.integers(3, 8))
    amounts = rng.normal(0, harmonics ** rng.uniform(-1.5, -0.5), (2, len(harmonics)))
    phases = rng.uniform(0, TURN, (2, len(harmonics), 1))
    return [_fit((amounts[:, :, None] * np.sin(harmonics[:, None] * time + phases)).sum(axis=1).T)]


def drift(rng: np.random.Generator) -> Strokes:
    """Draw one long curve whose direction drifts, or turns all the time."""
    steps = rng.integers(100, 250)
    turning = rng.normal(0, 0.25) + np.cumsum(rng.normal(0, rng.uniform(0.03, 0.12), steps))
    direction = rng.uniform(0, TURN) + np.cumsum(turning * rng.uniform(0.3, 1))
    return [_fit(np.cumsum(np.stack([np.cos(direction), np.sin(direction)], axis=1), axis=0))]


def scratch(rng: np.random.Generator) -> Strokes:
    """Draw a zigzag of many narrow turns, at any angle."""
    turns = rng.integers(6, 16)
    along = np.linspace(0, 1, turns) + rng.normal(0, 0.03, turns)
    across = np.where(np.arange(turns) % 2, 1, 0) * rng.uniform(0.4, 1, turns)
    return [_fit(_rotate(np.stack([along, across], axis=1), rng.uniform(0, TURN)))]


def several(rng: np.random.Generator) -> Strokes:
    """Draw three to seven unrelated lines and arcs."""
    return [_piece(rng) for _ in range(rng.integers(3, 8))]


def _piece(rng: np.random.Generator) -> Stroke:
    start = rng.uniform(0, 1)
    piece = rng.random((2, 2)) if rng.random() < 0.5 else _oval(start, start + rng.uniform(0.2, 0.8))
    return rng.uniform(0, 0.5, 2) + piece * rng.uniform(0.3, 0.7)


def template(rng: np.random.Generator, templates: list[Strokes]) -> Strokes:
    """Distort one of the templates: size on each axis, slant, rotation, and a slow wobble."""
    chosen = templates[rng.integers(len(templates))]
    shape = np.array([[rng.uniform(0.55, 1), 0], [rng.normal(0, 0.15), 1]])
    turn = rng.normal(0, 0.12)
    return [_wobble(_rotate(stroke @ shape, turn), rng) for stroke in chosen]


def _wobble(stroke: Stroke, rng: np.random.Generator) -> Stroke:
    along = np.linspace(0, 1, max(len(stroke), 12))
    fine = np.stack([np.interp(along, np.linspace(0, 1, len(stroke)), axis) for axis in stroke.T], axis=1)
    waves = np.sin(np.outer(along, rng.uniform(2, 7, 2)) + rng.uniform(0, TURN, 2))
    wobbled: Stroke = fine + 0.04 * rng.normal(0, 1, 2) * waves
    return wobbled


def _rotate(stroke: Stroke, angle: float) -> Stroke:
    rotated: Stroke = stroke @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return rotated


def _fit(stroke: Stroke) -> Stroke:
    low, size = stroke.min(axis=0), np.ptp(stroke, axis=0).max()
    return (stroke - low) / size


SHAPES: list[Shape] = [
    lambda rng: template(rng, LETTERS),
    lambda rng: template(rng, SIGNS),
    loops,
    loops,
    waves,
    waves,
    drift,
    drift,
    scratch,
    several,
]
