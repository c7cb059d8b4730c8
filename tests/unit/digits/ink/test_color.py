"""Reduction of color pictures to gray levels."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from digits.ink.color import to_gray
from tests.support.pictures import seven


def same(a: Image.Image | NDArray[np.uint8], b: Image.Image) -> bool:
    return np.array_equal(np.asarray(a), np.asarray(b))


@pytest.mark.parametrize(
    ("ink", "paper"),
    [((220, 30, 30), (0, 140, 60)), ((255, 140, 0), (255, 105, 180)), ((30, 60, 220), (120, 70, 30))],
)
def test_ink_and_paper_of_equal_brightness_are_told_apart(
    ink: tuple[int, int, int], paper: tuple[int, int, int]
) -> None:
    picture = ImageOps.colorize(seven(200), paper, ink)
    assert np.ptp(np.asarray(picture.convert("L"))) < 40
    assert np.ptp(np.asarray(to_gray(picture))) > 60


@pytest.mark.parametrize("ink", ["black", "navy", "red"])
def test_ink_of_other_brightness_is_converted_as_luma(ink: str) -> None:
    picture = ImageOps.colorize(seven(200), "white", ink)
    assert same(to_gray(picture), picture.convert("L"))


def test_gray_picture_is_unchanged() -> None:
    assert same(to_gray(seven(200)), seven(200))


def test_gray_picture_in_color_is_converted_as_luma() -> None:
    noise = Image.effect_noise((60, 40), 80)
    assert same(to_gray(noise.convert("RGB")), noise)


def test_picture_of_one_color_is_even() -> None:
    assert np.ptp(np.asarray(to_gray(Image.new("RGB", (50, 50), (200, 30, 40))))) == 0
