"""Preprocessing of pictures to 28x28 pixels."""

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from digits.decode import decode
from digits.errors import NothingDrawn
from digits.preprocess import CENTER, DIGIT, MIN_CONTRAST, normalize
from tests.support.pictures import SEVEN, encode, seven
from training.dataset import load_test


def difference(a: Image.Image, b: Image.Image) -> int:
    """Return the largest difference of a pixel of two normalized pictures, in gray levels."""
    return int(np.abs(normalize(a).astype(int) - normalize(b).astype(int)).max())


def on_canvas(opacity: NDArray[np.uint8]) -> Image.Image:
    """Return a drawing in black on a transparent canvas, three times as large as the opacities (n, n) in its middle."""
    canvas = Image.new("RGBA", (3 * len(opacity), 3 * len(opacity)))
    canvas.paste((0, 0, 0, 255), (len(opacity), len(opacity)), Image.fromarray(opacity))
    return canvas


@pytest.mark.slow
def test_mnist_image_is_unchanged() -> None:
    images = load_test().images
    same = [np.array_equal(normalize(Image.fromarray(image)), image) for image in images]
    assert np.mean(same) >= 0.9995


def test_longer_side_is_20_pixels_and_center_of_mass_is_centered() -> None:
    picture = normalize(seven(400))
    rows, columns = np.nonzero(picture)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == DIGIT
    mass = picture / picture.sum()
    assert abs(mass.sum(axis=1) @ np.arange(28) - CENTER) <= 0.5
    assert abs(mass.sum(axis=0) @ np.arange(28) - CENTER) <= 0.5


def test_resampling_is_bit_identical_to_browser() -> None:  # if the hash changes, change preprocess.js too
    noise = np.random.default_rng(0).integers(0, 256, (280, 280), np.uint8)
    pictures = [normalize(on_canvas(noise[:side, :side])) for side in (60, 80, 100, 280)]
    assert hashlib.sha256(np.stack(pictures).tobytes()).hexdigest()[:16] == "6a0e18826aa92980"


def test_shifted_digit_gives_the_same_picture() -> None:
    shifted = Image.new("L", (600, 500))
    shifted.paste(seven(280), (301, 17))
    assert difference(shifted, seven(280)) == 0


@pytest.mark.parametrize("side", [140, 560, 1120])
def test_scaled_digit_gives_a_similar_picture(side: int) -> None:
    # a stroke's edge moves by less than a pixel of the smaller picture
    assert difference(seven(side), seven(280)) <= 64


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (40, 230), (255, 128), (90, 128), (60, 30)])
def test_polarity_and_contrast_give_the_same_picture(ink: int, paper: int) -> None:
    assert difference(seven(280, ink, paper), seven(280)) <= 2


@pytest.mark.parametrize("ink", ["red", "navy", "lime", "#222"])
def test_colored_ink_gives_the_same_picture(ink: str) -> None:
    colored = ImageOps.colorize(seven(), "white", ink)
    assert difference(colored, seven()) <= 3


@pytest.mark.parametrize("ink", ["black", "white", "red", "gray"])
def test_transparent_background_becomes_paper(ink: str) -> None:
    alpha = seven(560).resize((280, 280))  # with gray levels in between
    picture = Image.new("RGBA", (280, 280), ink)
    picture.putalpha(alpha)
    assert difference(picture, alpha) == 0


@pytest.mark.parametrize(("top", "bottom", "paper"), [("red", "navy", "white"), ("yellow", "white", "black")])
def test_transparent_background_contrasts_with_ink_of_two_colors(top: str, bottom: str, paper: str) -> None:
    picture = Image.new("RGBA", (280, 280), top)
    picture.paste(bottom, (0, 100, 280, 280))
    picture.putalpha(seven())
    assert difference(picture, Image.composite(picture, Image.new("RGBA", picture.size, paper), seven())) == 0


def test_black_frame_around_white_page_is_not_ink() -> None:
    framed = seven(280, ink=0, paper=255)
    ImageDraw.Draw(framed).rectangle((0, 0, 279, 279), outline=0, width=3)
    assert np.array_equal(normalize(framed), normalize(seven(280, ink=0, paper=255)))


def test_large_picture_is_reduced_before_scaling() -> None:
    assert difference(seven(3000), seven(3000).reduce(3)) == 0


def test_large_transparent_background_becomes_paper() -> None:
    picture = Image.new("RGBA", (2800, 2800), "navy")
    picture.putalpha(seven(2800))
    assert difference(picture, seven(2800)) == 0


def test_transparent_corners_of_opaque_picture_become_paper() -> None:
    card = seven(280, ink=0, paper=255).convert("RGBA")
    card.paste((0, 0, 0, 0), (0, 0, 20, 20))
    assert difference(card, seven()) == 0


def test_opaque_alpha_gives_the_same_picture() -> None:
    assert difference(seven().convert("RGBA"), seven()) == 0


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "CMYK", "YCbCr", "I;16"])
def test_every_mode_gives_the_same_picture(mode: str) -> None:
    gray = seven()
    picture = Image.fromarray(np.asarray(gray).astype(np.uint16) * 257) if mode == "I;16" else gray.convert(mode)
    assert difference(picture, gray) <= 3


def test_16_bit_levels_are_reduced_to_8_bits() -> None:
    gray = seven(560).resize((280, 280))  # with gray levels in between
    assert difference(Image.fromarray(np.asarray(gray).astype(np.uint16) * 257), gray) == 0


def test_grain_and_jpeg_halos_are_not_ink() -> None:
    grain = np.random.default_rng(0).normal(0, 8, (280, 280))
    noisy = Image.fromarray(np.clip(np.asarray(seven(280, ink=40, paper=220)) + grain, 0, 255).astype(np.uint8))
    assert difference(decode(encode(noisy, "JPEG")), seven()) <= 48


def test_single_dot_is_scaled_to_20_pixels() -> None:
    dot = Image.new("L", (100, 100))
    dot.putpixel((3, 90), 255)
    assert normalize(dot).astype(bool).sum() == DIGIT * DIGIT


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (28, 28)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_empty_picture_raises_nothing_drawn(size: tuple[int, int], level: int) -> None:
    with pytest.raises(NothingDrawn, match="Draw one digit"):
        normalize(Image.new("L", size, level))


def test_ink_below_minimum_contrast_raises_nothing_drawn() -> None:
    with pytest.raises(NothingDrawn):
        normalize(seven(ink=100 + MIN_CONTRAST - 1, paper=100))
    assert difference(seven(ink=100 + MIN_CONTRAST, paper=100), seven()) == 0


def test_transparent_picture_raises_nothing_drawn() -> None:
    with pytest.raises(NothingDrawn):
        normalize(Image.new("RGBA", (280, 280), (255, 255, 255, 0)))


@pytest.mark.parametrize("pen", [1, 3, 8])
def test_thin_stroke_reaches_full_ink(pen: int) -> None:
    drawing = Image.new("L", (1500, 1500))
    ImageDraw.Draw(drawing).line([(1500 * x, 1500 * y) for x, y in SEVEN], 255, pen)
    assert normalize(drawing).max() == 255


def test_specks_lost_in_scaling_raise_nothing_drawn() -> None:
    specks = Image.new("L", (1900, 1900))
    specks.putpixel((0, 0), 255)
    specks.putpixel((1899, 1899), 255)
    with pytest.raises(NothingDrawn, match="thicker pen"):
        normalize(specks)
