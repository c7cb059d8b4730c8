import numpy as np
import pytest

from evaluation.robustness import distortions
from training.dataset import load_test

IMAGES = load_test().images[:16]
UNCHANGED = {"shift": 0, "rotation": 0, "scale": 1, "thickness": 0, "noise": 0}


def center(image: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> tuple[float, float]:
    """Return row and column of the center of mass."""
    ink = image.astype(float) / image.sum()
    return float(ink.sum(axis=1) @ np.arange(28)), float(ink.sum(axis=0) @ np.arange(28))


def dot(row: int, column: int) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """Return eight images of a dot of 3 x 3 pixels around this one."""
    images = np.zeros((8, 28, 28), np.uint8)
    images[:, row - 1 : row + 2, column - 1 : column + 2] = 200
    return images


@pytest.mark.parametrize("name", distortions.DISTORTIONS)
def test_strengths_include_unchanged_image(name: str) -> None:
    distortion = distortions.DISTORTIONS[name]
    assert UNCHANGED[name] in distortion.strengths
    np.testing.assert_array_equal(distortion.apply(IMAGES, UNCHANGED[name]), IMAGES)
    assert list(distortion.strengths) == sorted(distortion.strengths)


@pytest.mark.parametrize("name", distortions.DISTORTIONS)
def test_strongest_distortion_changes_every_image(name: str) -> None:
    distortion = distortions.DISTORTIONS[name]
    changed = distortion.apply(IMAGES, distortion.strengths[-1])
    assert changed.dtype == np.uint8
    assert (changed != IMAGES).any(axis=(1, 2)).all()
    np.testing.assert_array_equal(changed, distortion.apply(IMAGES, distortion.strengths[-1]))


def test_shift_moves_in_eight_directions() -> None:
    moves = np.array([center(image) for image in distortions.shift(dot(14, 14), 3)]) - (14, 14)
    np.testing.assert_allclose(np.hypot(*moves.T), 3, atol=0.02)
    np.testing.assert_allclose(moves[:3], [(0, 3), (3 / 2**0.5, 3 / 2**0.5), (3, 0)], atol=0.02)


def test_rotation_is_clockwise_around_middle() -> None:
    image = distortions.rotate(dot(5, 14), 90)[0]  # above the middle, at index 13.5
    assert center(image) == pytest.approx((14, 22), abs=0.1)


def test_scale_keeps_middle() -> None:
    smaller = distortions.scale(dot(4, 4), 0.5)[0]
    assert center(smaller) == pytest.approx((13.5 - 9.5 / 2, 13.5 - 9.5 / 2), abs=0.3)


def test_thicken_adds_and_removes_one_pixel_each_side() -> None:
    lines = np.zeros((1, 28, 28), np.uint8)
    lines[:, 8:20, 12:15] = 255
    assert (distortions.thicken(lines, 1)[0, 14] > 0).sum() == 5
    assert (distortions.thicken(lines, -1)[0, 14] > 0).sum() == 1
    assert distortions.thicken(lines, 0.5)[0, 14].tolist().count(128) == 2


def test_noise_has_given_deviation() -> None:
    gray = np.full((4, 28, 28), 128, np.uint8)
    assert distortions.add_gaussian_noise(gray, 20).std() == pytest.approx(20, rel=0.05)
