"""Simulation of a load on AWS Lambda: sandboxes, cold starts and throttled requests.

A loss system: Poisson arrivals, as many servers as the limits allow, and a new server where none is idle.
"""

import math
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.aws.quotas import DEFAULT_QUOTAS, LIMITS, Admitted, Gate, Quotas
from benchmarks.aws.sandboxes import Sandboxes

STEPS = 8  # of a warm request; the time resolution: a request overlaps with those of the 7.5 steps before it
KEEP_ALIVE = 600.0  # seconds until an idle sandbox ends; not documented by AWS, measured as 5 to 60 minutes
QUANTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}

type Json = dict[str, Any]
type Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Load:
    """`rate` requests a second for `seconds`; seconds of a warm request, and of a request with its cold start."""

    rate: float
    seconds: float
    warm: float
    cold: float
    waiting: int = 0  # sandboxes at the start; if any, the load is in its steady state
    quotas: Quotas = DEFAULT_QUOTAS
    steps: int = STEPS

    @property
    def step(self) -> float:
        """Seconds of a step."""
        return self.warm / self.steps


def simulate(load: Load, seed: int = 0) -> Json:
    """Return the counts of requests, of sandboxes and of throttled requests."""
    arrivals = np.random.default_rng(seed).poisson(load.rate * load.step, math.ceil(load.seconds / load.step))
    steps = np.flatnonzero(arrivals)
    wanted = arrivals[steps]
    length = max(1, round(load.cold / load.step))
    sandboxes = Sandboxes(load.steps, length, round(KEEP_ALIVE / load.step), load.waiting)
    gate = Gate(load.quotas, load.step, load.rate if load.waiting else 0.0)
    admitted = (gate.admit(sandboxes, *batch) for batch in zip(steps.tolist(), wanted.tolist(), strict=True))
    columns = np.fromiter(chain.from_iterable(admitted), np.int64, len(steps) * len(Admitted._fields))
    api, requests, room, warm, cold = columns.reshape(len(steps), -1).T
    lost = [int(part.sum()) for part in (wanted - api, api - requests, requests - room, room - warm - cold)]
    throttled = steps[wanted > warm + cold]
    busy = _busy(len(arrivals), steps, warm, load.steps) + _busy(len(arrivals), steps, cold, length)
    total, answered, started = int(wanted.sum()), int((warm + cold).sum()), int(cold.sum())
    return {
        "seconds": load.seconds,
        "requests": total,
        "answered": answered,
        "busy": {"mean": float(busy.mean()), "p99": float(np.quantile(busy, 0.99)), "max": int(busy.max())},
        "sandboxes": sandboxes.most,
        "cold": started,
        "cold_share": _share(started, answered),
        "throttled": _share(sum(lost), total),
        "until": float(throttled[-1] + 1) * load.step
        if len(throttled)
        else 0.0,  # seconds until the last throttled request
        "by": dict(zip(LIMITS, (_share(part, total) for part in lost), strict=True)),
        "wait": {name: _wait(q, _share(started, answered), load.cold - load.warm) for name, q in QUANTILES.items()},
    }


def _wait(quantile: float, cold_share: float, cold: float) -> float:
    """Return the seconds that cold starts add to this quantile of the latency."""
    return cold if cold_share > 1 - quantile else 0.0


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _busy(total: int, steps: Counts, counts: Counts, length: int) -> Counts:
    """Return the number of busy sandboxes in each step, given the counts that start, each for `length` steps."""
    change = np.zeros(total + 1, dtype=np.int64)
    change[steps] += counts
    change[np.minimum(steps + length, total)] -= counts  # the end may be after the last step
    return change[:total].cumsum()
