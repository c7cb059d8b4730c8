import numpy as np
import pytest

from training.dataset import Split, load_test
from training.regional_variants import draw_regional_variants

DIGITS = load_test().first(2_000)


def test_ones_and_sevens_gain_ink_fours_lose_ink_and_others_are_unchanged() -> None:
    changed = draw_regional_variants(DIGITS, 1.0, np.random.default_rng(0)).astype(int)
    more = (changed - DIGITS.images).sum(axis=(1, 2))
    assert (changed >= DIGITS.images)[~np.isin(DIGITS.labels, (0, 4))].all()
    assert (changed <= DIGITS.images)[DIGITS.labels == 4].all()
    assert not more[~np.isin(DIGITS.labels, (0, 1, 4, 7))].any()
    assert (more[DIGITS.labels == 1] > 0).mean() > 0.99
    assert (more[DIGITS.labels == 7] > 0).mean() > 0.95
    assert (more[DIGITS.labels == 4] < 0).mean() > 0.9


def test_stem_of_a_four_begins_at_its_bar() -> None:
    four = np.zeros((1, 28, 28), np.uint8)
    four[0, 4:16, 8:10] = 255  # the left stroke
    four[0, 14:16, 8:20] = 255  # the bar
    four[0, 4:24, 18:20] = 255  # the stem
    changed = draw_regional_variants(Split(four, np.array([4])), 1.0, np.random.default_rng(0))
    four[0, :14, 18:20] = 0
    np.testing.assert_array_equal(changed, four)


@pytest.mark.parametrize("fraction", [0.0, 0.3])
def test_given_fraction_of_digits_changes(fraction: float) -> None:
    changed = draw_regional_variants(DIGITS, fraction, np.random.default_rng(0))
    ones = DIGITS.labels == 1
    assert (changed != DIGITS.images)[ones].any(axis=(1, 2)).mean() == pytest.approx(fraction, abs=0.08)


def test_upstroke_of_a_one_is_left_of_its_head() -> None:
    bar = np.zeros((200, 28, 28), np.uint8)
    bar[:, 4:24, 13:15] = 255
    added = draw_regional_variants(Split(bar, np.ones(200, np.int64)), 1.0, np.random.default_rng(0)).astype(int) - bar
    rows, columns = np.mgrid[:28, :28]
    upper = added * (rows < 20)
    assert (upper * (columns > 16)).sum() == 0
    assert ((upper * (columns < 13)).sum(axis=(1, 2)) > 0).all()


def test_bar_of_a_seven_is_between_its_ends() -> None:
    seven = np.zeros((200, 28, 28), np.uint8)
    seven[:, 4:6, 8:20] = 255
    seven[:, 4:24, 18:20] = 255
    added = draw_regional_variants(Split(seven, np.full(200, 7)), 1.0, np.random.default_rng(0)).astype(int) - seven
    rows, columns = np.mgrid[:28, :28]
    assert not (added * ((rows < 9) | (rows > 21))).any()
    for side in (columns < 18, columns > 19):
        assert ((added * side).sum(axis=(1, 2)) > 0).all()


def test_slash_crosses_a_zero_from_upper_right_to_lower_left() -> None:
    rows, columns = np.mgrid[:28, :28] - 13.5
    ring = (np.abs(np.hypot(rows, columns * 1.4) - 8.5) < 1).astype(np.uint8)[None].repeat(100, 0) * 255
    slashed = draw_regional_variants(Split(ring, np.zeros(100, np.int64)), 1.0, np.random.default_rng(0)).astype(int)
    assert (slashed[:, 11:16, 11:16].max(axis=(1, 2)) > 150).all()
    upper_right, upper_left = slashed[:, 4:9, 17:22].sum(axis=(1, 2)), slashed[:, 4:9, 6:11].sum(axis=(1, 2))
    assert (upper_right > upper_left).mean() > 0.9


def test_slash_beyond_a_zero_makes_it_smaller_and_keeps_it_inside() -> None:
    ring = np.zeros((200, 28, 28), np.uint8)
    ring[:, 4:24, 8:20] = 255
    ring[:, 6:22, 10:18] = 0
    slashed = draw_regional_variants(Split(ring, np.zeros(200, np.int64)), 1.0, np.random.default_rng(0))
    inked = (slashed > 127).any(axis=2)
    heights = 28 - inked.argmax(axis=1) - inked[:, ::-1].argmax(axis=1)
    assert heights.min() >= 18
    assert heights.max() <= 21
