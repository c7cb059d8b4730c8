"""Connected components of a mask.

Runs of each row are joined with those of the row above by union-find: a digit has a few hundred runs, and Python
loops over them alone. Source: K. Wu, E. Otoo, K. Suzuki, "Optimizing two-pass connected-component labeling
algorithms", Pattern Analysis and Applications 12, 2009.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

type Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Components:
    """8-connected components of a mask (h, w).

    labels: (h, w) int32, 0 outside of the mask, 1 to n
    boxes: (n, 4) int, left, upper, right and lower edge, in pixels
    """

    labels: "NDArray[np.int32]"
    boxes: "NDArray[np.intp]"

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def widths(self) -> "NDArray[np.intp]":
        return self.boxes[:, 2] - self.boxes[:, 0]

    @property
    def heights(self) -> "NDArray[np.intp]":
        return self.boxes[:, 3] - self.boxes[:, 1]

    def sums(self, values: "NDArray[np.floating | np.bool_]") -> "NDArray[np.float64]":
        """Add up values (h, w) in each component. Returns (n,)."""
        return np.bincount(self.labels.ravel(), values.ravel(), len(self) + 1)[1:]

    def mask(self, numbers: "NDArray[np.intp]") -> Mask:
        """Return the pixels (h, w) of the components with these indices."""
        chosen = np.zeros(len(self) + 1, bool)
        chosen[numbers + 1] = True
        return chosen[self.labels]


def find_components(mask: Mask) -> Components:
    """Label the 8-connected components of a mask (h, w)."""
    height, width = mask.shape
    padded = np.zeros((height, width + 2), np.int8)
    padded[:, 1:-1] = mask
    edges = np.diff(padded, axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    roots = np.array(_join(rows.tolist(), starts.tolist(), ends.tolist()), np.intp)
    is_root = roots == np.arange(len(roots))
    n, numbers = int(is_root.sum()), (is_root.cumsum() - 1)[roots]
    boxes = np.tile(np.array([width, height, 0, 0], np.intp), (n, 1))
    left, top, right, bottom = boxes.T  # views
    np.minimum.at(left, numbers, starts)
    np.minimum.at(top, numbers, rows)
    np.maximum.at(right, numbers, ends)
    np.maximum.at(bottom, numbers, rows + 1)
    labels = np.zeros((height, width), np.int32)
    labels[mask] = np.repeat(numbers + 1, ends - starts)
    return Components(labels, boxes)


def _join(rows: list[int], starts: list[int], ends: list[int]) -> list[int]:
    """Return the first run of each run's component."""
    parents = list(range(len(rows)))

    def root(run: int) -> int:
        while parents[run] != run:
            parents[run] = run = parents[parents[run]]
        return run

    above = 0  # the first run that may touch
    for run, (row, start, end) in enumerate(zip(rows, starts, ends, strict=True)):
        while rows[above] < row - 1 or (rows[above] == row - 1 and ends[above] < start):
            above += 1
        other = above
        while other < run and rows[other] == row - 1 and starts[other] <= end:
            a, b = root(run), root(other)
            parents[max(a, b)] = min(a, b)
            other += 1
    return [root(run) for run in range(len(rows))]
