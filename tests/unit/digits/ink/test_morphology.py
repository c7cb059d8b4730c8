"""Gray-scale morphology."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from digits.ink.morphology import closing, dilate, erode, opening


@pytest.mark.parametrize("window", [1, 3, 5, 7, 9])
def test_square_window_equals_pillows_rank_filter(window: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (30, 20), np.uint8)
    inner = slice(window, -window)  # Pillow has another rule for the border
    largest = np.asarray(Image.fromarray(pixels).filter(ImageFilter.MaxFilter(window)))
    smallest = np.asarray(Image.fromarray(pixels).filter(ImageFilter.MinFilter(window)))
    assert np.array_equal(dilate(pixels, window, window)[inner, inner], largest[inner, inner])
    assert np.array_equal(erode(pixels, window, window)[inner, inner], smallest[inner, inner])


def test_border_is_repeated() -> None:
    assert dilate(np.array([[5, 1, 1]]), 1, 3).tolist() == [[5, 5, 1]]
    assert erode(np.array([[5, 5, 1]]), 1, 3).tolist() == [[5, 1, 1]]


def test_opening_removes_what_is_smaller_than_the_window() -> None:
    pixels = np.zeros((20, 20), np.float32)
    pixels[2:4, 2:12] = 9  # two rows
    pixels[8:13, 5:10] = 9
    opened = opening(pixels, 3, 3)
    assert not opened[:6].any()
    assert (opened[8:13, 5:10] == 9).all()
    assert np.array_equal(closing(-pixels, 3, 3), -opened)
