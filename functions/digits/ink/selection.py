"""Selection of the connected components that are the digit."""

from typing import TYPE_CHECKING

import numpy as np

from digits.ink.components import Components

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPAN = 0.9  # of the picture's width or height: a line, a shadow's edge, a desk
FRAME = 0.08  # of the shorter side: the distance from all four borders of a frame
MIN_INNER_MASS = 0.02  # of the heaviest component: with less ink inside, the digit touches the border
MIN_PART = 0.02  # of the main component's mass; lighter ones are specks
PART_DISTANCE = 0.3  # of the digit's size: the parts of a two-stroke 4 or 5 are closer
OTHER_DIGIT = 0.5, 0.3, 1.2  # minimum height and mass, and maximum distance, relative to the main component
UNDERLINE = 3.0  # times as wide as high, and below the digit

type Indices = NDArray[np.intp]


def select_digit(components: Components, mass: "NDArray[np.float64]", is_strong: "NDArray[np.bool_]") -> Indices:
    """Return the indices of the main component and of those that belong to it.

    A digit of comparable size beside it belongs, too: the picture then shows two digits, and the models' input should.
    mass: (n,) sum of the ink of each component; is_strong: (n,) whether it has ink of full strength
    """
    candidates = _candidates(components, mass, is_strong)
    main = int(np.argmax(np.where(candidates, mass, -1)))
    chosen = [main]
    rest = [i for i in np.nonzero(candidates)[0].tolist() if i != main and mass[i] >= MIN_PART * mass[main]]
    box = components.boxes[main].copy()
    while (found := _next_part(components, mass, main, box, rest)) is not None:
        rest.remove(found)
        chosen.append(found)
        box[:2] = np.minimum(box[:2], components.boxes[found, :2])
        box[2:] = np.maximum(box[2:], components.boxes[found, 2:])
    return np.array(sorted(chosen))


def _candidates(
    components: Components, mass: "NDArray[np.float64]", is_strong: "NDArray[np.bool_]"
) -> "NDArray[np.bool_]":
    """Return which components (n,) may be the digit: those inside the picture, if they have enough ink."""
    height, width = components.labels.shape
    left, top, right, bottom = components.boxes.T
    near = FRAME * min(height, width)
    is_frame = (left <= near) & (top <= near) & (right >= width - near) & (bottom >= height - near)
    touches = (left <= 1) | (top <= 1) | (right >= width - 1) | (bottom >= height - 1)
    spans = (components.widths > SPAN * width) | (components.heights > SPAN * height)
    inner = is_strong & ~is_frame & ~touches & ~spans
    if mass[inner].max(initial=0) > MIN_INNER_MASS * mass.max():
        return inner  # type: ignore[no-any-return]
    outer = is_strong & ~is_frame
    return outer if outer.any() else is_strong


def _next_part(
    components: Components, mass: "NDArray[np.float64]", main: int, box: "NDArray[np.intp]", rest: list[int]
) -> int | None:
    """Return the first of the remaining components that belongs to the digit in `box`."""
    size = max(components.widths[main], components.heights[main])
    min_height, min_mass, max_distance = OTHER_DIGIT
    for i in rest:
        left, top, right, bottom = components.boxes[i]
        across, down = max(left - box[2], box[0] - right, 0), max(top - box[3], box[1] - bottom, 0)
        is_underline = top >= box[3] and components.widths[i] > UNDERLINE * components.heights[i]
        is_digit = components.heights[i] > min_height * components.heights[main] and mass[i] > min_mass * mass[main]
        if max(across, down) <= PART_DISTANCE * size and not is_underline:
            return i
        if is_digit and down == 0 and across < max_distance * size:
            return i
    return None
