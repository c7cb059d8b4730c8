"""The evaluation comes in; the confusion matrices and their difference go out, as tables with heat behind the numbers.

The heat is a class of the style sheet, because the page's policy allows no inline style, and it is logarithmic: single
mistakes are seen beside dozens. Report.js makes buttons of the numbers.
"""

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.dataset import CLASSES

LEVELS = 5  # of heat
KINDS = ("mlp", "tree")

type Evaluation = dict[str, Any]
type Matrix = NDArray[np.int64]


def matrix(evaluation: Evaluation, kind: str) -> Matrix:
    """How often a true digit (row) got an answer (column)."""
    return np.array(evaluation["models"][kind]["metrics"]["confusion_matrix"], dtype=np.int64)


def wrong(counts: Matrix) -> Matrix:
    """The mistakes alone."""
    return counts - np.diag(np.diag(counts))


def tables(evaluation: Evaluation) -> list[str]:
    """Network, tree, and the network's numbers minus the tree's."""
    both = {kind: matrix(evaluation, kind) for kind in KINDS}
    most = max(int(wrong(counts).max()) for counts in both.values())
    titles = {kind: evaluation["models"][kind]["title"] for kind in KINDS}
    shown = [
        _table(kind, f"{titles[kind]}: {wrong(counts).sum():,} mistakes", _cells(kind, counts, most))
        for kind, counts in both.items()
    ]
    return [*shown, _table("difference", "Network minus tree", _changes(both["mlp"] - both["tree"]))]


def level(count: int, most: int) -> int:
    """How hot a count is, 0 to LEVELS."""
    return math.ceil(LEVELS * math.log1p(count) / math.log1p(most)) if count else 0


def _cells(kind: str, counts: Matrix, most: int) -> list[list[str]]:
    """One model's: the diagonal, where all is well, stays cold."""
    return [
        [_cell(str(n), kind, 0 if row == column else level(n, most), row == column) for column, n in enumerate(line)]
        for row, line in enumerate(counts.tolist())
    ]


def _changes(change: Matrix) -> list[list[str]]:
    """The difference: in the colour of the model whose number is the larger."""
    most = int(np.abs(change).max())
    return [
        [_cell(_signed(n), KINDS[n < 0], level(abs(n), most), row == column) for column, n in enumerate(line)]
        for row, line in enumerate(change.tolist())
    ]


def _cell(text: str, tone: str, heat: int, right: bool) -> str:
    names = [*(["right"] if right else []), *([tone, f"h{heat}"] if heat else [])]
    return f'<td class="{" ".join(names)}">{text}</td>' if names else f"<td>{text}</td>"


def _signed(count: int) -> str:
    return f"{count:+d}".replace("-", "\N{MINUS SIGN}") if count else "0"


def _table(name: str, caption: str, rows: Sequence[Sequence[str]]) -> str:
    columns = "".join(f'<th scope="col">{digit}</th>' for digit in range(CLASSES))
    lines = "\n".join(f'<tr><th scope="row">{digit}</th>{"".join(cells)}</tr>' for digit, cells in enumerate(rows))
    label = escape(caption)
    return (
        f'<div class="table matrix" role="region" aria-label="{label}" tabindex="0"><table data-counts="{name}">\n'
        f'<caption>{label}</caption>\n<thead><tr><td></td><th scope="colgroup" colspan="{CLASSES}">answered</th></tr>\n'
        f'<tr><th scope="col">true</th>{columns}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table></div>'
    )
