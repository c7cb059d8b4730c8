from collections.abc import Callable

import numpy as np
import pytest

from training.augmentation import Floats
from training.dataset import load_test
from training.degradation import KINDS, camera, degrade, pen

IMAGES = load_test().images[:300]
INK = IMAGES.astype(np.float32)

type Kind = Callable[[Floats, np.random.Generator], Floats]


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def mean_ink(kind: Kind) -> float:
    """Ink after a degradation, as a multiple of that before."""
    return float(kind(INK, rng()).clip(0, 255).sum() / INK.sum())


def test_given_fraction_of_images_is_degraded() -> None:
    changed = (degrade(IMAGES, 0.4, rng()) != IMAGES).any(axis=(1, 2))
    assert changed.mean() == pytest.approx(0.4, abs=0.08)


def test_no_fraction_leaves_the_images_unchanged() -> None:
    np.testing.assert_array_equal(degrade(IMAGES, 0.0, rng()), IMAGES)


def test_same_seed_degrades_alike_and_another_otherwise() -> None:
    first = degrade(IMAGES, 1.0, rng())
    np.testing.assert_array_equal(degrade(IMAGES, 1.0, rng()), first)
    assert (degrade(IMAGES, 1.0, np.random.default_rng(2)) != first).any(axis=(1, 2)).mean() > 0.9


def test_input_is_not_changed() -> None:
    before = IMAGES.copy()
    degrade(IMAGES, 1.0, rng())
    np.testing.assert_array_equal(IMAGES, before)


@pytest.mark.parametrize("kind", dict.fromkeys(KINDS), ids=lambda kind: kind.__name__)
def test_each_kind_changes_the_pixels_but_not_all_the_digit(kind: Kind) -> None:
    changed = kind(INK, rng())
    assert changed.shape == INK.shape
    assert changed.dtype == np.float32
    assert np.isfinite(changed).all()
    assert (np.abs(changed - INK).max(axis=(1, 2)) > 20).mean() > 0.7
    correlations = [abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) for a, b in zip(changed, INK, strict=True)]
    assert np.mean(correlations) > 0.15


def test_thick_pens_add_ink_and_thin_ones_remove_it() -> None:
    assert mean_ink(pen.thicken) > 1.5
    assert mean_ink(pen.thin) < 0.8


def test_lines_and_spots_only_add_ink() -> None:
    for kind in (pen.cross_out, pen.spatter):
        assert (kind(INK, rng()) >= INK).all()
        assert mean_ink(kind) > 1.05


def test_interruptions_only_remove_ink() -> None:
    assert (pen.interrupt(INK, rng()) <= INK).all()
    assert 0.5 < mean_ink(pen.interrupt) < 0.95


def test_outline_is_hollow() -> None:
    square = np.zeros((50, 28, 28), np.float32)
    square[:, 8:20, 8:20] = 255
    outline = pen.outline(square, rng())
    assert (outline[:, 12:16, 12:16].max(axis=(1, 2)) < 80).all()
    assert (outline[:, 6:10, 12:16].max(axis=(1, 2)) > 200).all()


def test_salt_and_pepper_leaves_only_paper_ink_and_what_was_there() -> None:
    changed = camera.add_salt_and_pepper(INK, rng())
    assert ((changed == INK) | (changed == 0) | (changed == 255)).all()


def test_blur_lowers_the_differences_of_neighbors() -> None:
    assert np.abs(np.diff(camera.blur(INK, rng()))).mean() < 0.8 * np.abs(np.diff(INK)).mean()


def test_inverted_part_is_a_rectangle() -> None:
    inverted = camera.invert_part(np.zeros((50, 28, 28), np.float32), rng()) == 255
    for part in inverted:
        rows, columns = part.any(axis=1), part.any(axis=0)
        np.testing.assert_array_equal(part, rows[:, None] & columns)
