"""Removal of frames, lines and other ink from pictures with even paper."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digits.ink.drawing import erase_clutter, paper_level
from tests.support.pictures import seven


def same(a: Image.Image | NDArray[np.uint8], b: Image.Image) -> bool:
    return np.array_equal(np.asarray(a), np.asarray(b))


type Disturb = Callable[[ImageDraw.ImageDraw], object]


def lines_across(draw: ImageDraw.ImageDraw) -> None:
    for x in (12, 268):
        draw.line((x, 0, x, 279), 0, 3)


def specks(draw: ImageDraw.ImageDraw) -> None:
    for x in (20, 60, 240):
        draw.rectangle((x, 20, x + 3, 23), 0)


DISTURBANCES: dict[str, Disturb] = {
    "thin frame": lambda draw: draw.rectangle((0, 0, 279, 279), outline=0),
    "frame inside": lambda draw: draw.rectangle((4, 4, 275, 275), outline=90, width=2),
    "thick frame": lambda draw: draw.rectangle((0, 0, 279, 279), outline=0, width=12),
    "lines across": lines_across,
    "neighbor at the edge": lambda draw: draw.ellipse((262, 80, 320, 180), outline=0, width=16),
    "underline": lambda draw: draw.line((70, 268, 210, 268), 0, 6),
    "specks": specks,
}


@pytest.mark.parametrize("name", DISTURBANCES)
def test_disturbance_is_erased_and_digit_is_unchanged(name: str) -> None:
    digit = seven(280, ink=0, paper=255)
    picture = digit.copy()
    DISTURBANCES[name](ImageDraw.Draw(picture))
    assert same(erase_clutter(picture, 255), digit)


def test_digit_alone_is_unchanged() -> None:
    digit = seven(280, ink=40, paper=230)
    assert same(erase_clutter(digit, 230), digit)


def test_straight_stroke_alone_is_not_a_printed_line() -> None:
    one = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(one).line((100, 15, 100, 185), 0, 4)
    assert same(erase_clutter(one, 255), one)


def test_two_digits_stay() -> None:
    pair = Image.new("L", (480, 280), 255)
    for left in (0, 200):
        pair.paste(seven(280, ink=0, paper=255), (left, 0))
    assert same(erase_clutter(pair, 255), pair)


def test_two_strokes_of_a_digit_stay() -> None:
    five = Image.new("L", (280, 280), 255)
    draw = ImageDraw.Draw(five)
    draw.line([(100, 80), (95, 140), (160, 150), (170, 200), (90, 210)], 0, 14)
    draw.line([(125, 70), (190, 66)], 0, 14)
    assert same(erase_clutter(five, 255), five)


def test_digit_at_the_border_stays_if_it_is_alone() -> None:
    digit = seven(280, ink=0, paper=255).crop((60, 60, 280, 280))
    assert (np.asarray(digit)[0] == 0).any() or (np.asarray(digit)[:, 0] == 0).any()
    assert same(erase_clutter(digit, 255), digit)


def test_paper_level_is_the_most_frequent_level() -> None:
    assert paper_level(seven(280, ink=0, paper=230)) == 230
    framed = Image.new("L", (340, 340), 40)
    framed.paste(seven(280, ink=0, paper=255), (30, 30))
    assert paper_level(framed) == 255


def test_paper_of_a_photograph_has_no_single_level() -> None:
    noise = np.random.default_rng(0).normal(0, 4, (280, 280))
    photograph = (np.asarray(seven(280, ink=60, paper=220)) + noise).clip(0, 255).astype(np.uint8)
    assert paper_level(Image.fromarray(photograph)) is None
