import numpy as np
import pytest
from numpy.typing import NDArray

from training.dataset import Images, load_test
from training.deskew import pixels
from training.recipes import MLP, TREE, View

VIEW = View(rows=28, columns=28, row_deviation=5.5, column_deviation=4.2)
IMAGES = load_test().images[:300]
SERVED = [view for view in (MLP["wide"].view, TREE["upright"].view) if view]

type Floats = NDArray[np.float64]


def seen(images: Images, view: View = VIEW) -> Floats:
    """Pixels as pictures, (n, rows, columns)."""
    return pixels(images, view).reshape(-1, view.rows, view.columns).astype(np.float64)


def pose(picture: Floats) -> dict[str, float]:
    """Where the ink is, how wide and high (standard deviations), and its slant in columns a row."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    mass = picture.sum()
    column, row = (x * picture).sum() / mass, (y * picture).sum() / mass
    covariance, height = (((x - column) * (y - row) * picture).sum() / mass, ((y - row) ** 2 * picture).sum() / mass)
    width = ((x - column) ** 2 * picture).sum() / mass
    return {
        "column": column,
        "row": row,
        "width": float(np.sqrt(width)),
        "height": float(np.sqrt(height)),
        "slant": covariance / height,
    }


def poses(pictures: Floats) -> dict[str, Floats]:
    each = [pose(picture) for picture in pictures]
    return {name: np.array([one[name] for one in each]) for name in each[0]}


def test_digits_come_to_stand_upright_in_the_middle() -> None:
    before, after = poses(IMAGES.astype(np.float64)), poses(seen(IMAGES))
    assert np.abs(after["slant"]).mean() < 0.15 * np.abs(before["slant"]).mean()
    assert np.abs(after["row"] - 13.5).mean() < 0.1
    assert np.abs(after["column"] - 13.5).mean() < 0.1


def test_digits_come_to_one_height_and_all_but_ones_to_one_width() -> None:
    before, after = poses(IMAGES.astype(np.float64)), poses(seen(IMAGES))
    assert after["height"].mean() == pytest.approx(VIEW.row_deviation, rel=0.05)
    assert after["height"].std() < 0.5 * before["height"].std()
    wide = before["width"] > 3
    assert after["width"][wide].mean() == pytest.approx(VIEW.column_deviation, rel=0.08)
    assert after["width"][load_test().labels[:300] == 1].mean() < 0.75 * VIEW.column_deviation


def test_a_shifted_digit_looks_the_same() -> None:
    inside = IMAGES[(IMAGES[:, :2].max((1, 2)) == 0) & (IMAGES[:, :, :3].max((1, 2)) == 0)]
    moved = np.roll(inside, (-2, -3), axis=(1, 2))
    assert len(inside) > 200
    np.testing.assert_allclose(seen(moved), seen(inside), atol=1)


@pytest.mark.parametrize("view", SERVED)
def test_an_image_looks_the_same_alone_and_among_others(view: View) -> None:
    alone = np.concatenate([pixels(image[None], view) for image in IMAGES])
    np.testing.assert_array_equal(alone, pixels(IMAGES, view))


@pytest.mark.parametrize("view", SERVED)
def test_pixels_are_whole_numbers_so_that_thresholds_divide_them_alike_everywhere(view: View) -> None:
    found = pixels(IMAGES, view)
    assert found.shape == (300, view.rows * view.columns)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.round(found))
    assert found.min() == 0
    assert 200 < found.max() <= 255


def test_blur_moves_nothing() -> None:
    sharp, square = seen(IMAGES), seen(IMAGES, View(28, 28, 5.5, 4.2, blur=2))
    for axis in ("row", "column"):
        assert abs((poses(square)[axis] - poses(sharp)[axis]).mean()) < 0.05
    assert square.std() < 0.97 * sharp.std()


@pytest.mark.parametrize("view", SERVED)
def test_an_empty_image_stays_empty_and_a_full_one_is_seen(view: View) -> None:
    assert not pixels(np.zeros((2, 28, 28), np.uint8), view).any()
    assert np.isfinite(pixels(np.full((1, 28, 28), 255, np.uint8), view)).all()


def test_a_dot_is_seen() -> None:
    dot = np.zeros((1, 28, 28), np.uint8)
    dot[0, 10:12, 10:12] = 255
    assert pose(seen(dot)[0])["row"] == pytest.approx(13.5, abs=0.3)


def test_without_a_view_the_image_is_as_it_is() -> None:
    np.testing.assert_array_equal(pixels(IMAGES, None), IMAGES.reshape(300, 784))
