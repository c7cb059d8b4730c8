"""Confusion matrices of both models and their difference, as cells with a color level.

The level becomes a class of the style sheet, because the page's Content-Security-Policy forbids inline styles. It is
logarithmic: single mistakes remain visible beside dozens. report.js turns the cells into buttons.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.schema import KINDS, Evaluation, Kind

LEVELS = 5

type Matrix = NDArray[np.int64]


@dataclass(frozen=True)
class Cell:
    """Text of a cell and its CSS classes: correct, the model whose color it has, the level of the color."""

    text: str
    classes: str


@dataclass(frozen=True)
class ConfusionMatrix:
    name: str
    caption: str
    rows: list[list[Cell]]


def matrix(evaluation: Evaluation, kind: Kind) -> Matrix:
    """Return the counts (10, 10) of images by label (row) and prediction (column)."""
    return np.array(evaluation["models"][kind]["metrics"]["confusion_matrix"], dtype=np.int64)


def misclassified(counts: Matrix) -> Matrix:
    """Return the counts without the diagonal."""
    return counts - np.diag(np.diag(counts))


def confusion_matrices(evaluation: Evaluation) -> list[ConfusionMatrix]:
    """Return the MLP's matrix, the tree's, and the MLP's minus the tree's."""
    counts = {kind: matrix(evaluation, kind) for kind in KINDS}
    largest = max(int(misclassified(each).max()) for each in counts.values())
    matrices = []
    for kind, each in counts.items():
        caption = f"{evaluation['models'][kind]['title']}: {misclassified(each).sum():,} mistakes"
        matrices.append(ConfusionMatrix(kind, caption, _count_cells(kind, each, largest)))
    difference = _difference_cells(counts["mlp"] - counts["tree"])
    return [*matrices, ConfusionMatrix("difference", "MLP minus tree", difference)]


def level(count: int, largest: int) -> int:
    """Return the color level of a count, 0 to LEVELS."""
    return math.ceil(LEVELS * math.log1p(count) / math.log1p(largest)) if count else 0


def _count_cells(kind: Kind, counts: Matrix, largest: int) -> list[list[Cell]]:
    """Color the mistakes of one model; the diagonal stays plain."""
    return [
        [
            _cell(str(count), kind, 0 if row == column else level(count, largest), row == column)
            for column, count in enumerate(line)
        ]
        for row, line in enumerate(counts.tolist())
    ]


def _difference_cells(difference: Matrix) -> list[list[Cell]]:
    """Color each difference in the color of the model with the larger count."""
    largest = int(np.abs(difference).max())
    return [
        [
            _cell(_signed(count), KINDS[count < 0], level(abs(count), largest), row == column)
            for column, count in enumerate(line)
        ]
        for row, line in enumerate(difference.tolist())
    ]


def _cell(text: str, kind: Kind, level: int, correct: bool) -> Cell:
    return Cell(text, " ".join([*(["correct"] if correct else []), *([kind, f"level-{level}"] if level else [])]))


def _signed(count: int) -> str:
    return f"{count:+d}".replace("-", "\N{MINUS SIGN}") if count else "0"
