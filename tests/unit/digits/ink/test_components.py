"""Connected components of masks."""

import numpy as np
import pytest
from numpy.typing import NDArray

from digits.ink.components import find_components


def mask(*rows: str) -> NDArray[np.bool_]:
    return np.array([[letter == "#" for letter in row] for row in rows])


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        (("...", "..."), 0),
        (("#.#", "..."), 2),
        (("#..", ".#.", "..#"), 1),  # diagonal neighbors
        (("#.#", "#.#", "###"), 1),  # joined below
        (("#.#.#", "#.#.#", "###.#"), 2),
        (("##.##", "#...#", "#.#.#", "#...#", "#####"), 2),
    ],
)
def test_touching_pixels_are_one_component(rows: tuple[str, ...], count: int) -> None:
    pixels = mask(*rows)
    components = find_components(pixels)
    assert len(components) == count
    assert set(components.labels[pixels].tolist()) == set(range(1, count + 1))
    assert not components.labels[~pixels].any()


def test_spiral_of_one_pixel_is_one_component() -> None:
    pixels = np.zeros((41, 41), bool)
    for inset in range(0, 20, 2):
        pixels[inset, inset : 41 - inset] = pixels[inset : 41 - inset, 40 - inset] = True
        pixels[40 - inset, inset : 41 - inset] = pixels[inset + 2 : 41 - inset, inset] = True
        pixels[inset + 2, inset + 1] = True  # into the next turn
    assert len(find_components(pixels)) == 1


def test_boxes_sums_and_mask_are_of_each_component() -> None:
    components = find_components(mask("##....", "##...#", ".....#", ".....#"))
    assert components.boxes.tolist() == [[0, 0, 2, 2], [5, 1, 6, 4]]
    assert components.widths.tolist() == [2, 1]
    assert components.heights.tolist() == [2, 3]
    assert components.sums(np.full((4, 6), 10)).tolist() == [40, 30]
    assert components.mask(np.array([1])).sum() == 3
