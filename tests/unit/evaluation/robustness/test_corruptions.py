from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.robustness.corruptions import CORRUPTIONS, corrupt

PAPER = np.zeros((4, 28, 28), np.uint8)


def bar() -> NDArray[np.uint8]:
    """Return 16 images of a vertical bar, with gray borders as MNIST's strokes have."""
    images = np.zeros((16, 28, 28), np.uint8)
    images[:, 4:24, 11:17] = 128
    images[:, 4:24, 12:16] = 255
    return images


def middle(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the center of mass (n, 2), row and column."""
    grid = np.indices((28, 28)).reshape(2, -1)
    mass: NDArray[np.float64] = images.reshape(len(images), -1).astype(float)
    return mass @ grid.T / mass.sum(axis=1, keepdims=True)


def ink(images: NDArray[np.uint8]) -> Any:
    return images.sum(dtype=float)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corrupted_images_differ_and_repeat_for_the_same_seed(name: str) -> None:
    images = bar()
    corrupted = corrupt(name, images)
    assert corrupted.shape == images.shape
    assert corrupted.dtype == np.uint8
    assert (corrupted != images).any(axis=(1, 2)).all()
    np.testing.assert_array_equal(corrupted, corrupt(name, images))
    np.testing.assert_array_equal(images, bar())


def test_corruptions_are_the_fifteen_of_mnist_c() -> None:
    assert len(CORRUPTIONS) == 15
    with pytest.raises(KeyError):
        corrupt("frost", bar())


def test_shot_noise_leaves_thirds_of_the_ink() -> None:
    assert set(np.unique(corrupt("shot_noise", bar()))) <= {0, 85, 170, 255}
    assert not corrupt("shot_noise", PAPER).any()


def test_impulse_noise_inks_half_of_seventeen_percent_of_the_paper() -> None:
    noise = corrupt("impulse_noise", np.zeros((100, 28, 28), np.uint8))
    assert set(np.unique(noise)) == {0, 255}
    assert (noise > 0).mean() == pytest.approx(0.085, abs=0.005)


@pytest.mark.parametrize("name", ["glass_blur", "motion_blur"])
def test_blur_spreads_the_ink_and_keeps_its_amount(name: str) -> None:
    blurred = corrupt(name, bar())
    assert ink(blurred) == pytest.approx(ink(bar()), rel=0.02)
    assert (blurred > 0).sum() > 1.2 * (bar() > 0).sum()


def test_motion_blur_has_several_directions() -> None:
    assert np.ptp(middle(corrupt("motion_blur", bar()))[:, 0]) > 1


def test_scale_shrinks_to_seven_tenths() -> None:
    rows = (corrupt("scale", bar()) > 127).any(axis=2).sum(axis=1)
    assert rows.tolist() == [14] * 16


def test_translate_moves_three_pixels_in_four_directions() -> None:
    moves = middle(corrupt("translate", bar())) - middle(bar())
    assert {tuple(move) for move in moves.round().tolist()} == {(3, 3), (3, -3), (-3, 3), (-3, -3)}


@pytest.mark.parametrize(("name", "tangent"), [("shear", 0.4), ("rotate", np.tan(0.4))])
def test_slant_is_to_both_sides_around_the_middle(name: str, tangent: float) -> None:
    slanted = corrupt(name, bar())
    np.testing.assert_allclose(middle(slanted), middle(bar()), atol=0.1)
    columns = (slanted[:, 8:20] @ np.arange(28.0)) / slanted[:, 8:20].sum(axis=2)
    slopes = [np.polyfit(np.arange(12), column, 1)[0] for column in columns]
    assert sorted({round(slope, 1) for slope in slopes}) == [round(-tangent, 1), round(tangent, 1)]


def test_brightness_adds_half_and_keeps_full_ink() -> None:
    assert set(np.unique(corrupt("brightness", bar()))) == {128, 255}


def test_stripe_inverts_seven_columns_at_each_side() -> None:
    assert corrupt("stripe", PAPER)[0, 0].tolist() == [255] * 7 + [0] * 14 + [255] * 7


def test_fog_is_brighter_and_uneven() -> None:
    fog = corrupt("fog", bar())
    assert fog[:, :, :8].mean() > 40
    assert fog[:, :, :8].std(axis=(1, 2)).min() > 2
    assert (fog[:, 14, 13].astype(int) - fog[:, 14, 6]).mean() > 30


def test_spatter_covers_with_gray() -> None:
    mud = corrupt("spatter", PAPER)
    assert 50 <= mud.max() <= 63
    assert 0.02 < (mud > 0).mean() < 0.5


def test_dotted_line_alternates_two_columns_of_dots_and_gaps() -> None:
    inked = corrupt("dotted_line", PAPER).any(axis=1)
    assert (inked == np.tile([False, False, True, True], 7)).all()


def test_zigzag_crosses_from_column_two_to_twenty_five() -> None:
    lines = corrupt("zigzag", PAPER)
    inked = lines.any(axis=1)
    assert not inked[:, :2].any()
    assert not inked[:, 26:].any()
    assert inked.mean() > 0.7


def test_canny_edges_outline_the_stroke() -> None:
    edges = corrupt("canny_edges", bar())[0]
    assert set(np.unique(edges)) == {0, 255}
    row = np.flatnonzero(edges[14])
    assert len(row) == 2
    assert row[0] < 13 < 14 < row[1]
    assert not corrupt("canny_edges", PAPER).any()
