"""What is said of measured values."""

import pytest

from benchmarks.spread import ratios, spread


def test_a_spread_has_the_median_the_middle_half_and_the_slowest() -> None:
    assert spread(range(101)) == {"n": 101, "median": 50, "low": 25, "high": 75, "p99": 99}


def test_one_value_is_its_own_spread() -> None:
    assert spread([3]) == {"n": 1, "median": 3, "low": 3, "high": 3, "p99": 3}


def test_a_slow_round_that_is_slow_for_both_is_not_in_the_ratio() -> None:
    assert ratios([2, 20, 2], [1, 10, 1]) == {"n": 3, "median": 2, "low": 2, "high": 2, "p99": 2}


def test_a_round_without_its_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2], [1])
