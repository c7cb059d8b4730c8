"""Throttling by the published limits of AWS Lambda and of the HTTP API."""

from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.aws.prices import limit
from benchmarks.aws.sandboxes import Sandboxes

LIMITS = ("HTTP API", "requests a second", "concurrency", "scaling rate")  # in the order of their checks


@dataclass(frozen=True)
class Quotas:
    """Limits of an AWS account in a region."""

    concurrency: int = int(limit("concurrency"))
    api: float = limit("http api rate")  # requests a second

    @property
    def requests(self) -> float:
        """Requests a second, of all functions."""
        return self.concurrency * limit("requests per environment")

    @property
    def burst(self) -> float:
        """Depth of the HTTP API's token bucket, proportional to its rate."""
        return self.api * limit("http api burst") / limit("http api rate")


DEFAULT_QUOTAS = Quotas()  # of a new account


@dataclass
class TokenBucket:
    """Token bucket: `rate` tokens a step, which grows by `growth` a step up to `most`, and `depth` tokens at most."""

    rate: float
    depth: float
    growth: float = 0.0
    most: float = float("inf")
    full: bool = True  # at the start
    _level: float = field(init=False)
    _last: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._level = self.depth if self.full else 0.0

    def take(self, step: int, wanted: int) -> int:
        """Take up to `wanted` tokens and return their number. Steps must not decrease."""
        if not wanted:
            return 0
        refill = min(self.rate + self.growth * step, self.most) * (step - self._last)
        self._level = min(self.depth, self._level + refill)
        self._last = step
        taken = min(wanted, int(self._level))
        self._level -= taken
        return taken


class Admitted(NamedTuple):
    """Requests of a step that are left after each limit, and those sent to warm and to cold sandboxes."""

    api: int
    requests: int
    concurrency: int
    warm: int
    cold: int


class Gate:
    """All limits in sequence, for steps of `step` seconds."""

    def __init__(self, quotas: Quotas, step: float, before: float = 0.0) -> None:
        """Start in the steady state of a load of `before` requests a second."""
        new, period = limit("scaling"), limit("scaling period")
        more = new * limit("requests per environment")  # requests a second, in each period
        begin = min(quotas.requests, before + more)
        self._api = TokenBucket(quotas.api * step, quotas.burst, full=before < quotas.api)
        self._requests = TokenBucket(begin * step, more, more / period * step**2, quotas.requests * step)
        self._new = TokenBucket(new / period * step, new)
        self._concurrency = quotas.concurrency

    def admit(self, sandboxes: Sandboxes, step: int, wanted: int) -> Admitted:
        """Send a step's requests to idle sandboxes, and start new ones for the rest, within the limits."""
        sandboxes.settle(step)
        api = self._api.take(step, wanted)
        requests = self._requests.take(step, api)
        room = min(requests, self._concurrency - sandboxes.busy)
        warm = sandboxes.serve(step, room)
        cold = self._new.take(step, room - warm)
        sandboxes.start(step, cold)
        return Admitted(api, requests, room, warm, cold)
