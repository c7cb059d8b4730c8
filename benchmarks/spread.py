"""Median and spread of measured values, and of their paired ratios."""

from collections.abc import Sequence

import numpy as np

from benchmarks.schema import Spread


def spread(values: Sequence[float]) -> Spread:
    """Return the count, median, quartiles (`low`, `high`) and 99th percentile."""
    low, median, high, p99 = (float(x) for x in np.quantile(values, (0.25, 0.5, 0.75, 0.99)))
    return Spread(n=len(values), median=median, low=low, high=high, p99=p99)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Return the spread of ours / theirs, paired by round: both of a pair are slow when the machine is."""
    return spread([a / b for a, b in zip(ours, theirs, strict=True)])
