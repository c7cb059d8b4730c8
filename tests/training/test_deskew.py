import numpy as np
from numpy.typing import NDArray

from training.dataset import load_test
from training.deskew import deskew

type Floats = NDArray[np.float64]


def slant(image: Floats) -> float:
    """Columns a row of the least-squares line through the ink of an image (28, 28)."""
    y, x = np.mgrid[:28, :28]
    mass = image.sum()
    x_mean, y_mean = (x * image).sum() / mass, (y * image).sum() / mass
    return float(((x - x_mean) * (y - y_mean) * image).sum() / ((y - y_mean) ** 2 * image).sum())


def bar(columns_a_row: float) -> NDArray[np.uint8]:
    """A bar two pixels wide and twenty high, slanted."""
    image = np.zeros((28, 28), np.uint8)
    for row in range(4, 24):
        column = round(13.5 + columns_a_row * (row - 13.5))
        image[row, column : column + 2] = 255
    return image


def test_a_slanted_bar_stands_upright() -> None:
    for before in (-0.5, -0.2, 0.3, 0.5):
        after = deskew(bar(before)[None]).reshape(28, 28)
        assert abs(slant(after.astype(float))) < 0.03


def test_an_upright_bar_is_left_as_it_is() -> None:
    np.testing.assert_array_equal(deskew(bar(0)[None]).reshape(28, 28), bar(0))


def test_digits_lose_nine_tenths_of_their_slant_and_none_of_their_ink() -> None:
    images = load_test().images[:500]
    upright = deskew(images).reshape(-1, 28, 28)
    before, after = (np.abs([slant(image.astype(float)) for image in stack]).mean() for stack in (images, upright))
    assert after < 0.1 * before
    np.testing.assert_allclose(upright.sum(axis=(1, 2)), images.sum(axis=(1, 2)), rtol=0.03)


def test_pixels_are_whole_numbers_so_that_thresholds_divide_them_alike_everywhere() -> None:
    pixels = deskew(load_test().images[:500])
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels, np.round(pixels))
    assert (int(pixels.min()), int(pixels.max())) == (0, 255)


def test_an_empty_image_stays_empty() -> None:
    assert not deskew(np.zeros((2, 28, 28), np.uint8)).any()
