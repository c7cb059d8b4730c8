"""Gray-scale morphology with flat rectangles, by numpy.

The minimum or maximum of a window of k pixels takes log2(k) passes: each doubles the width of the window
(M. van Herk, "A fast algorithm for local minimum and maximum filters", Pattern Recognition Letters 13, 1992, has a
method with three comparisons a pixel, which numpy cannot vectorize).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

type Gray = NDArray[Any]
type Extremum = Callable[[Gray, Gray], Gray]


def dilate(image: Gray, rows: int, columns: int) -> Gray:
    """Return the maximum of the window of odd sides around each pixel; the border is repeated. (h, w) -> (h, w)."""
    return _filter(_filter(image, rows, 0, np.maximum), columns, 1, np.maximum)


def erode(image: Gray, rows: int, columns: int) -> Gray:
    """Return the minimum of the window of odd sides around each pixel; the border is repeated. (h, w) -> (h, w)."""
    return _filter(_filter(image, rows, 0, np.minimum), columns, 1, np.minimum)


def closing(image: Gray, rows: int, columns: int) -> Gray:
    """Remove what is dark and smaller than the window. (h, w) -> (h, w)."""
    return erode(dilate(image, rows, columns), rows, columns)


def opening(image: Gray, rows: int, columns: int) -> Gray:
    """Remove what is bright and smaller than the window. (h, w) -> (h, w)."""
    return dilate(erode(image, rows, columns), rows, columns)


def _filter(image: Gray, window: int, axis: int, extremum: Extremum) -> Gray:
    """Combine `window` consecutive pixels along an axis."""
    if window == 1:
        return image
    half = window // 2
    ends = [np.repeat(image.take([index], axis), half, axis) for index in (0, -1)]
    result, width = np.concatenate((ends[0], image, ends[1]), axis), 1  # np.pad takes five times as long
    while width < window:
        step = min(width, window - width)
        result = extremum(_cut(result, axis, 0, -step), _cut(result, axis, step, None))
        width += step
    return result


def _cut(image: Gray, axis: int, start: int, stop: int | None) -> Gray:
    return image[start:stop] if axis == 0 else image[:, start:stop]
