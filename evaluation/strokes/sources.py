"""Parsers of the published data sets: UJI Pen Characters (Version 2), and NumberPad's recordings.

UJI: `ujipenchars2.txt`, https://doi.org/10.24432/C5FG8S. Each sample is a line `WORD character session`, a line
`NUMSTROKES n`, and n lines `POINTS k # x y x y ...`; a session is like trn_UJI_W03-01, with the writer's number. Other
lines are comments.

NumberPad: `Data/bridger_all.json` of https://github.com/bridger/NumberPad. `rawData` maps a character to its samples,
each a list of strokes, each a list of [x, y].
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import batched

from evaluation.strokes.files import Digit
from training.strokes.canvas import Strokes

WRITERS = range(30)  # of UJI's sixty, counted from 0: those that the report measures; the others stay unseen
DECIMALS = 5
SAMPLE = re.compile(r"^\s*WORD (?=[0-9]\s)", re.MULTILINE)
HEADER = re.compile(r"([0-9]) \w+_W(\d+)-\d+\s+NUMSTROKES (\d+)\s")
POINTS = re.compile(r"^\s*POINTS (\d+) #((?: +-?\d+)+) *$", re.MULTILINE)


def uji(text: str) -> list[Digit]:
    """Parse the digits of WRITERS, ordered by label. Raises ValueError if a sample is incomplete."""
    digits = []
    for sample in SAMPLE.split(text)[1:]:
        sample = sample.partition("WORD")[0]  # samples of other characters may follow
        header = HEADER.match(sample)
        if not header:
            raise ValueError(f"'WORD {sample.splitlines()[0]}' has no session and NUMSTROKES")
        label, writer, count = map(int, header.groups())
        if writer - 1 in WRITERS:
            digits.append(_digit(label, _uji_strokes(sample, count)))
    return sorted(digits, key=lambda digit: digit["label"])


def numberpad(text: str) -> list[Digit]:
    """Parse the digits, ordered by label; one that is stored several times is returned once.

    Raises ValueError, KeyError, TypeError or AttributeError if the text is malformed.
    """
    recorded = json.loads(text)["rawData"]
    samples = [(label, strokes) for label in range(10) for strokes in recorded.get(str(label), [])]
    return [_digit(*sample) for number, sample in enumerate(samples) if sample not in samples[:number]]


def normalize(strokes: Strokes) -> Strokes:
    """Scale strokes so that the longer side is 1, and center them in the unit square."""
    horizontal, vertical = ([point[axis] for stroke in strokes for point in stroke] for axis in (0, 1))
    longer = max(max(axis) - min(axis) for axis in (horizontal, vertical)) or 1
    scales = [(min(axis), (1 - (max(axis) - min(axis)) / longer) / 2) for axis in (horizontal, vertical)]
    return [[list(_scaled(point, scales, longer)) for point in stroke] for stroke in strokes]


def _digit(label: int, strokes: Strokes) -> Digit:
    if not strokes or not all(strokes):
        raise ValueError(f"a {label} has a stroke without points")
    return {"label": label, "strokes": normalize(strokes)}


def _uji_strokes(sample: str, count: int) -> Strokes:
    """Return the strokes of a sample. Raises ValueError unless it has `count` strokes of the stated lengths."""
    lines = POINTS.findall(sample)
    numbers = [[float(number) for number in line.split()] for _, line in lines]
    if len(lines) != count or [len(stroke) for stroke in numbers] != [2 * int(length) for length, _ in lines]:
        raise ValueError(f"'WORD {sample.splitlines()[0]}' lacks strokes or points")
    return [[list(point) for point in batched(stroke, 2, strict=True)] for stroke in numbers]


def _scaled(point: Sequence[float], scales: Sequence[tuple[float, float]], longer: float) -> Iterator[float]:
    for value, (lowest, margin) in zip(point, scales, strict=True):
        yield round((value - lowest) / longer + margin, DECIMALS)
