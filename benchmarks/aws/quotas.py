"""Throttling by the published limits of AWS Lambda and of the HTTP API."""

from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.aws.prices import limit
from benchmarks.aws.sandboxes import Sandboxes

LIMITS = ("HTTP API", "requests a second", "concurrency", "scaling rate")  # in the order in which they are met


@dataclass(frozen=True)
class Quotas:
    """What AWS lets an account have in a region."""

    concurrency: int = int(limit("concurrency"))
    api: float = limit("http api rate")  # requests a second

    @property
    def requests(self) -> float:
        """A second, of all functions."""
        return self.concurrency * limit("requests per environment")

    @property
    def burst(self) -> float:
        """The depth of the HTTP API's bucket, which AWS sets with its rate."""
        return self.api * limit("http api burst") / limit("http api rate")


GIVEN = Quotas()  # what an account has that asked for nothing


@dataclass
class Bucket:
    """Tokens, refilled evenly: so many a step, which grows with each step up to a most, and a depth to save in."""

    rate: float
    depth: float
    growth: float = 0.0
    most: float = float("inf")
    saved: bool = True  # at the start
    _level: float = field(init=False)
    _last: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._level = self.depth if self.saved else 0.0

    def take(self, step: int, wanted: int) -> int:
        """As many as are wanted and there. Steps never go back."""
        if not wanted:
            return 0
        refill = min(self.rate + self.growth * step, self.most) * (step - self._last)
        self._level = min(self.depth, self._level + refill)
        self._last = step
        taken = min(wanted, int(self._level))
        self._level -= taken
        return taken


class Passed(NamedTuple):
    """What is left of a step's requests after each limit, and to which sandboxes it went."""

    api: int
    requests: int
    concurrency: int
    warm: int
    cold: int


class Gate:
    """Every limit in a row, for steps of so many seconds."""

    def __init__(self, quotas: Quotas, step: float, before: float = 0.0) -> None:
        """`before`: requests a second that there have long been; what they use up and scale, is used up and scaled."""
        new, period = limit("scaling"), limit("scaling period")
        more = new * limit("requests per environment")  # requests a second, in each period
        begin = min(quotas.requests, before + more)
        self._api = Bucket(quotas.api * step, quotas.burst, saved=before < quotas.api)
        self._requests = Bucket(begin * step, more, more / period * step**2, quotas.requests * step)
        self._new = Bucket(new / period * step, new)
        self._concurrency = quotas.concurrency

    def answer(self, sandboxes: Sandboxes, step: int, wanted: int) -> Passed:
        """Send a step's requests to sandboxes that wait, and start new ones for the rest, as far as is allowed."""
        sandboxes.settle(step)
        api = self._api.take(step, wanted)
        requests = self._requests.take(step, api)
        room = min(requests, self._concurrency - sandboxes.busy)
        warm = sandboxes.answer(step, room)
        cold = self._new.take(step, room - warm)
        sandboxes.start(step, cold)
        return Passed(api, requests, room, warm, cold)
