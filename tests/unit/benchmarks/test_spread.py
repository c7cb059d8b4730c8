"""Spread and paired ratios of measured values."""

import pytest

from benchmarks.spread import ratios, spread


def test_spread_has_median_quartiles_and_p99() -> None:
    assert spread(range(101)) == {"n": 101, "median": 50, "low": 25, "high": 75, "p99": 99}


def test_spread_of_one_value() -> None:
    assert spread([3]) == {"n": 1, "median": 3, "low": 3, "high": 3, "p99": 3}


def test_ratio_is_paired_by_round() -> None:
    assert ratios([2, 20, 2], [1, 10, 1]) == {"n": 3, "median": 2, "low": 2, "high": 2, "p99": 2}


def test_unpaired_round_raises() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2], [1])
