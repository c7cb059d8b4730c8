import numpy as np
import pytest
from numpy.typing import NDArray

from training.dataset import Images, load_test
from training.deskew import transform_images
from training.recipes import MLP, TREE, InputTransform

TRANSFORM = InputTransform(rows=28, columns=28, row_deviation=5.5, column_deviation=4.2)
IMAGES = load_test().images[:300]
SERVED = [transform for transform in (MLP["wide"].transform, TREE["upright"].transform) if transform]

type Floats = NDArray[np.float64]


def deskewed(images: Images, transform: InputTransform = TRANSFORM) -> Floats:
    """Transformed images, (n, rows, columns)."""
    pixels = transform_images(images, transform)
    return pixels.reshape(-1, transform.rows, transform.columns).astype(np.float64)


def pose(picture: Floats) -> dict[str, float]:
    """Center of the ink, its width and height (standard deviations), and its slant in columns per row."""
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
    measured = [pose(picture) for picture in pictures]
    return {name: np.array([each[name] for each in measured]) for name in measured[0]}


def test_digits_are_upright_and_centered() -> None:
    before, after = poses(IMAGES.astype(np.float64)), poses(deskewed(IMAGES))
    assert np.abs(after["slant"]).mean() < 0.15 * np.abs(before["slant"]).mean()
    assert np.abs(after["row"] - 13.5).mean() < 0.1
    assert np.abs(after["column"] - 13.5).mean() < 0.1


def test_digits_have_one_height_and_all_but_ones_one_width() -> None:
    before, after = poses(IMAGES.astype(np.float64)), poses(deskewed(IMAGES))
    assert after["height"].mean() == pytest.approx(TRANSFORM.row_deviation, rel=0.05)
    assert after["height"].std() < 0.5 * before["height"].std()
    wide = before["width"] > 3
    assert after["width"][wide].mean() == pytest.approx(TRANSFORM.column_deviation, rel=0.08)
    assert after["width"][load_test().labels[:300] == 1].mean() < 0.75 * TRANSFORM.column_deviation


def test_shifted_digit_is_transformed_alike() -> None:
    inside = IMAGES[(IMAGES[:, :2].max((1, 2)) == 0) & (IMAGES[:, :, :3].max((1, 2)) == 0)]
    moved = np.roll(inside, (-2, -3), axis=(1, 2))
    assert len(inside) > 200
    np.testing.assert_allclose(deskewed(moved), deskewed(inside), atol=1)


@pytest.mark.parametrize("transform", SERVED, ids=["mlp", "tree"])
def test_result_is_independent_of_the_batch(transform: InputTransform) -> None:
    single = np.concatenate([transform_images(image[None], transform) for image in IMAGES])
    np.testing.assert_array_equal(single, transform_images(IMAGES, transform))


@pytest.mark.parametrize("transform", SERVED, ids=["mlp", "tree"])
def test_pixels_are_integers_from_0_to_255(transform: InputTransform) -> None:
    pixels = transform_images(IMAGES, transform)
    assert pixels.shape == (300, transform.rows * transform.columns)
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels, np.round(pixels))
    assert pixels.min() == 0
    assert 200 < pixels.max() <= 255


def test_blur_keeps_the_position() -> None:
    sharp, square = deskewed(IMAGES), deskewed(IMAGES, InputTransform(28, 28, 5.5, 4.2, blur=2))
    for axis in ("row", "column"):
        assert abs((poses(square)[axis] - poses(sharp)[axis]).mean()) < 0.05
    assert square.std() < 0.97 * sharp.std()


@pytest.mark.parametrize("transform", SERVED, ids=["mlp", "tree"])
def test_empty_image_stays_empty_and_full_image_is_finite(transform: InputTransform) -> None:
    assert not transform_images(np.zeros((2, 28, 28), np.uint8), transform).any()
    assert np.isfinite(transform_images(np.full((1, 28, 28), 255, np.uint8), transform)).all()


def test_dot_is_centered() -> None:
    dot = np.zeros((1, 28, 28), np.uint8)
    dot[0, 10:12, 10:12] = 255
    assert pose(deskewed(dot)[0])["row"] == pytest.approx(13.5, abs=0.3)


def test_without_transform_the_pixels_are_unchanged() -> None:
    np.testing.assert_array_equal(transform_images(IMAGES, None), IMAGES.reshape(300, 784))
