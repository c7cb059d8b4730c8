from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from training.augmentation import _smooth_field, augment
from training.dataset import load_test
from training.recipes import Distortion

NONE = Distortion(rotation=0, scale=0, shear=0, shift=0, elastic=0, thickness=0)
IMAGES = load_test().images[:200]


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_zero_distortion_returns_the_same_images() -> None:
    np.testing.assert_array_equal(augment(IMAGES, NONE, rng()), IMAGES)


@pytest.mark.parametrize(
    ("amount", "value"),
    [("rotation", 10), ("scale", 0.1), ("shear", 0.1), ("shift", 1), ("elastic", 0.6), ("thickness", 0.3)],
)
def test_each_amount_changes_the_images(amount: str, value: float) -> None:
    distorted = augment(IMAGES, replace(NONE, **{amount: value}), rng())
    assert distorted.shape == IMAGES.shape
    assert distorted.dtype == np.uint8
    assert 1 < np.abs(distorted.astype(float) - IMAGES).mean() < 40


def test_shift_moves_the_center_of_mass_by_at_most_its_amount() -> None:
    distorted = augment(IMAGES, replace(NONE, shift=1.5), rng())

    def rows(images: NDArray[Any]) -> NDArray[Any]:
        mean: NDArray[Any] = (images.sum(axis=2) @ np.arange(28)) / images.sum(axis=(1, 2))
        return mean

    moved = rows(distorted.astype(float)) - rows(IMAGES.astype(float))
    assert np.abs(moved).max() <= 1.55
    assert np.abs(moved).mean() == pytest.approx(0.75, abs=0.15)


def test_elastic_field_has_the_given_deviation() -> None:
    field = _smooth_field(2_000, 0.6, rng())
    assert field.shape == (2_000, 2, 28, 28)
    assert field.std() == pytest.approx(0.6, rel=0.03)


def test_thickness_thickens_and_thins_strokes() -> None:
    ink = augment(IMAGES, replace(NONE, thickness=0.4), rng()).sum(axis=(1, 2)) / IMAGES.sum(axis=(1, 2))
    assert ink.min() < 0.9
    assert ink.max() > 1.1


def test_same_seed_gives_the_same_images() -> None:
    distortion = Distortion(10, 0.1, 0.1, 1, 0.6, 0.3)
    np.testing.assert_array_equal(augment(IMAGES, distortion, rng()), augment(IMAGES, distortion, rng()))
