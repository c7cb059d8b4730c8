import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from evaluation.pictures import drawings, non_digits
from evaluation.pictures.kinds import KINDS, encode, make
from evaluation.strokes.files import Digit

ZERO: Digit = {
    "label": 0,
    "strokes": [[[0.5, 0.0], [0.9, 0.3], [0.9, 0.7], [0.5, 1.0], [0.1, 0.7], [0.1, 0.3], [0.5, 0.0]]],
}
ONE: Digit = {"label": 1, "strokes": [[[0.5, 0.0], [0.5, 1.0]]]}
SEVEN: Digit = {"label": 7, "strokes": [[[0.2, 0.0], [0.8, 0.0], [0.5, 1.0]]]}
DIGITS = [ZERO, *(SEVEN | {"label": label} for label in range(1, 10))]
STROKES = ONE["strokes"]


def gray(image: Image.Image) -> NDArray[np.int64]:
    return np.asarray(image.convert("L"), dtype=np.int64)


@pytest.mark.parametrize("name", KINDS)
def test_pictures_repeat_and_have_the_labels_of_their_kind(name: str) -> None:
    pictures = make(name, DIGITS, 2)
    assert [label for label, _ in pictures] == ([0, 1] if len(KINDS[name].labels) == 10 else [0, 0])
    for (_, picture), (_, again) in zip(pictures, make(name, DIGITS, 2), strict=True):
        np.testing.assert_array_equal(np.asarray(picture), np.asarray(again))
        assert np.ptp(np.asarray(picture)) > 100


@pytest.mark.parametrize("name", KINDS)
def test_photographs_are_jpeg_and_drawings_png(name: str) -> None:
    suffix, content = encode(name, make(name, DIGITS, 1)[0][1])
    with Image.open(io.BytesIO(content)) as image:
        assert (suffix, image.format) == (("jpg", "JPEG") if name.startswith(("paper", "board")) else ("png", "PNG"))


def test_pictures_of_a_kind_are_of_each_digit_in_turn() -> None:
    assert [label for label, _ in make("canvas", DIGITS, 12)] == [*range(10), 0, 1]


def paper(name: str) -> NDArray[np.int64]:
    return gray(make(name, DIGITS, 1)[0][1])


def corners(pixels: NDArray[np.int64]) -> list[float]:
    """Return the mean gray level near each corner."""
    sides = slice(40), slice(-40, None)
    return [float(pixels[y, x].mean()) for y in sides for x in sides]


def test_falling_light_darkens_one_side_of_the_paper() -> None:
    assert np.ptp(corners(paper("paper-even-light"))) < 5
    assert 40 < np.ptp(corners(paper("paper-light-falls-30"))) < np.ptp(corners(paper("paper-light-falls-60")))


def test_hard_shadow_takes_three_tenths_of_the_light() -> None:
    light, dark = max(levels := corners(paper("paper-hard-shadow"))), min(levels)
    assert dark / light == pytest.approx(0.7, abs=0.02)


def test_night_photograph_has_more_noise() -> None:
    even, night = (paper(name)[:30, :30].std() for name in ("paper-even-light", "paper-night"))
    assert night > 2 * even


def test_desk_surrounds_the_sheet() -> None:
    pixels = paper("paper-desk")
    assert max(corners(pixels)) < 130
    assert pixels[280, 100] > 200


def test_ruled_paper_has_lines_thirty_pixels_apart() -> None:
    rows = paper("paper-ruled")[:, 5:60].mean(axis=1)
    lines = np.flatnonzero(rows < rows.mean() - 10)
    assert set(np.diff(lines[np.insert(np.diff(lines) > 1, 0, True)])) == {30}


@pytest.mark.parametrize(("name", "lined"), [("paper-squared", True), ("paper-dotted", False)])
def test_squared_paper_has_lines_and_dotted_paper_has_none(name: str, lined: bool) -> None:
    columns = paper(name)[:100].mean(axis=0)
    assert (np.ptp(columns) > 20) == lined


def test_margin_is_a_red_line() -> None:
    picture = np.asarray(make("paper-ruled-margin", DIGITS, 1)[0][1], dtype=int)
    column = picture[:, 50]  # 12 % of the width
    assert (column[:, 0] - column[:, 1]).mean() > 30


def test_neighbor_reaches_in_from_an_edge() -> None:
    sides = set()
    for seed in range(8):
        picture = gray(drawings.with_neighbor(STROKES, SEVEN["strokes"], 0.2, np.random.default_rng(seed)))
        inked = [(edge < 128).any() for edge in (picture[0], picture[-1], picture[:, 0], picture[:, -1])]
        assert sum(inked) == 1
        sides.add(inked.index(True))
    assert len(sides) > 1


@pytest.mark.parametrize(("name", "difference"), [("red-on-green", 20), ("orange-on-pink", 15), ("blue-on-brown", 20)])
def test_pairs_of_colors_are_nearly_equal_in_brightness(name: str, difference: int) -> None:
    assert np.ptp(gray(make(name, DIGITS, 1)[0][1])) <= difference


def test_eraser_leaves_white_on_a_transparent_canvas() -> None:
    pixels = np.asarray(drawings.erased(STROKES, SEVEN["strokes"]))
    assert pixels.shape == (280, 280, 4)
    opaque = pixels[pixels[..., 3] == 255]
    assert (opaque[:, 0] == 255).sum() > 1_000
    assert (opaque[:, 0] == 0).sum() > 1_000
    assert (pixels[..., 3] == 0).mean() > 0.5


def test_underline_is_below_the_digit() -> None:
    rows = (gray(drawings.underlined(STROKES)) < 128).sum(axis=1)
    assert rows[200:].max() > 120
    assert (rows[200:] == 0).any()


def test_slash_beyond_the_zero_widens_it() -> None:
    def width(overshoot: float) -> Any:
        return (gray(drawings.slashed(ZERO["strokes"], overshoot)) < 128).any(axis=0).sum()

    assert width(0) == (gray(drawings.scan(ZERO["strokes"])) < 128).any(axis=0).sum() < width(0.2)


def test_pen_is_as_thick_as_its_share_of_the_canvas() -> None:
    stroke = gray(drawings.canvas(STROKES, 0.25))
    assert (stroke[140] > 127).sum() == pytest.approx(70, abs=1)


def test_frame_is_at_its_distance_from_the_edge() -> None:
    column = gray(drawings.framed(STROKES, 2, 153, inset=4))[20]
    assert column[:8].tolist() == [255, 255, 255, 255, 153, 153, 255, 255]


def test_two_digits_have_paper_between_them() -> None:
    columns = (gray(non_digits.two_digits(STROKES, STROKES)) < 128).any(axis=0)
    assert np.count_nonzero(np.diff(columns.astype(int)) == 1) == 2


def test_circle_encloses_the_digit() -> None:
    row = gray(non_digits.encircled(STROKES))[140] < 128
    assert np.count_nonzero(np.diff(row.astype(int)) == 1) == 3
