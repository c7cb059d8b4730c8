"""Median and spread of measured values, and of their paired ratios."""

from collections.abc import Sequence
from typing import Any

import numpy as np

type Spread = dict[str, Any]


def spread(values: Sequence[float]) -> Spread:
    """How many, the median, the middle half of them from `low` to `high`, and the 99th percentile."""
    low, median, high, p99 = (float(x) for x in np.quantile(values, (0.25, 0.5, 0.75, 0.99)))
    return {"n": len(values), "median": median, "low": low, "high": high, "p99": p99}


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Spread of ours / theirs, taken round by round: a slow minute of the machine is in both of a pair."""
    return spread([a / b for a, b in zip(ours, theirs, strict=True)])
