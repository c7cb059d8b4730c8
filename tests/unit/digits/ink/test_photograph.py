"""Separation of ink from paper under uneven light."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digits.errors import NothingDrawn
from digits.ink.photograph import separate_ink
from digits.preprocess import normalize
from tests.support.pictures import seven

SIDE = 480

type Light = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

LIGHTS: dict[str, Light] = {
    "even": lambda x, y: np.ones_like(x),
    "falling off": lambda x, y: 1 - 0.5 * x,
    "hard shadow": lambda x, y: np.where(x + 0.3 * y < 0.6, 1.0, 0.6),
    "glare": lambda x, y: 0.8 + 0.2 * np.exp(-((x - 0.2) ** 2 + (y - 0.8) ** 2) / 0.02),
}


def photograph(
    light: str, ink: int = 60, paper: int = 225, draw: Callable[[Image.Image], None] | None = None
) -> Image.Image:
    """Return a seven on paper under light, with noise: mode L, SIDE pixels a side."""
    page = Image.new("L", (SIDE, SIDE), paper)
    if draw:
        draw(page)
    digit = seven(SIDE // 2)
    page.paste(ink, (SIDE // 4, SIDE // 4), digit)
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    noise = np.random.default_rng(0).normal(0, 3, (SIDE, SIDE))
    return Image.fromarray((np.asarray(page) * LIGHTS[light](x, y) + noise).clip(0, 255).astype(np.uint8))


def difference(picture: Image.Image) -> float:
    """Return the mean difference from the digit alone after preprocessing, in gray levels."""
    return float(np.abs(normalize(picture).astype(int) - normalize(seven(SIDE)).astype(int)).mean())


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize(("ink", "paper"), [(60, 225), (235, 70)])
def test_digit_is_separated_under_every_light(light: str, ink: int, paper: int) -> None:
    assert difference(photograph(light, ink, paper)) < 12


def squared(page: Image.Image) -> None:
    for place in range(0, SIDE, 20):
        ImageDraw.Draw(page).line((place, 0, place, SIDE), 150, 1)
        ImageDraw.Draw(page).line((0, place, SIDE, place), 150, 1)


def desk(page: Image.Image) -> None:
    ImageDraw.Draw(page).rectangle((0, 0, SIDE // 10, SIDE), 90)


@pytest.mark.parametrize("disturb", [squared, desk])
def test_lines_and_desk_are_not_ink(disturb: Callable[[Image.Image], None]) -> None:
    assert difference(photograph("falling off", draw=disturb)) < 12


def test_small_digit_is_separated_at_a_higher_resolution() -> None:
    page = Image.new("L", (1600, 1600), 225)
    page.paste(60, (900, 300), seven(120))
    noise = np.random.default_rng(0).normal(0, 3, page.size)
    picture = Image.fromarray((np.asarray(page) + noise).clip(0, 255).astype(np.uint8))
    assert difference(picture) < 12
    assert separate_ink(picture).shape[0] < 400


def test_photograph_of_empty_paper_raises_nothing_drawn() -> None:
    x = np.arange(SIDE) / SIDE
    noise = np.random.default_rng(0).normal(0, 1.5, (SIDE, SIDE))
    empty = Image.fromarray((200 - 60 * x + noise).astype(np.uint8))
    with pytest.raises(NothingDrawn, match="Photograph it closer"):
        normalize(empty)
