"""Cleaning of pictures about as small as the models' input."""

import numpy as np
import pytest
from numpy.typing import NDArray

from digits.ink.small_picture import clean
from tests.support.pictures import seven

DIGIT = np.asarray(seven(28))

type Gray = NDArray[np.uint8]


def test_digit_alone_is_unchanged() -> None:
    assert clean(DIGIT) is DIGIT


def test_inverted_stripes_are_flattened() -> None:
    striped = DIGIT.copy()
    striped[:, :8] = 255 - striped[:, :8]
    striped[:, 20:] = 255 - striped[:, 20:]
    assert np.abs(clean(striped).astype(int) - DIGIT).max() <= 1


def test_specks_are_removed() -> None:
    rows, columns = np.array([1, 2, 25, 26, 3]), np.array([2, 25, 24, 3, 13])
    assert not DIGIT[rows, columns].any()
    specks = DIGIT.copy()
    specks[rows, columns] = 255
    cleaned = clean(specks)
    assert not cleaned[rows, columns].any()
    assert np.array_equal(cleaned > 128, DIGIT > 128)


def test_stains_are_removed() -> None:
    stained = DIGIT.copy()
    stained[:4, :10] = 70
    cleaned = clean(stained)
    assert not cleaned[:3, :10].any()  # the fourth row is beside the digit
    assert np.array_equal(cleaned > 128, DIGIT > 128)


@pytest.mark.parametrize("polarity", [1, -1])
def test_digit_is_separated_from_fog(polarity: int) -> None:
    y, x = np.mgrid[:28, :28] / 28
    fog = 128 + polarity * (60 * np.sin(3 * x + 2 * y) + 0.25 * DIGIT)
    cleaned = clean(fog.clip(0, 255).astype(np.uint8))
    assert (cleaned[DIGIT > 200] > 100).mean() > 0.9
    assert (cleaned[DIGIT == 0] < 60).mean() > 0.95


def test_empty_picture_is_unchanged() -> None:
    empty = np.full((28, 28), 200, np.uint8)
    assert clean(empty) is empty
