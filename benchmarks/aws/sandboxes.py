"""Simulated execution environments (sandboxes) of AWS Lambda."""

from collections import deque
from dataclasses import dataclass, field

AGES = 60  # parts of a keep-alive


@dataclass
class Sandboxes:
    """Execution environments that handle one request at a time; the last used is used next, the idle ones end.

    In this order their number is always the maximum busy at once within the keep-alive. Times are in steps, which must
    not decrease.
    """

    warm: int
    cold: int
    keep_alive: int
    waiting: int = 0
    busy: int = 0
    most: int = 0  # that ever existed
    _alive: int = field(init=False)
    _peaks: deque[int] = field(init=False)  # maximum busy at once, in each part of the keep-alive
    _next: int = field(init=False)  # step at which the next part begins
    _responding: deque[tuple[int, int]] = field(init=False, default_factory=deque)  # end and count
    _starting: deque[tuple[int, int]] = field(init=False, default_factory=deque)

    def __post_init__(self) -> None:
        self._alive = self.most = self.waiting
        self._peaks = deque([self.waiting, 0], AGES + 1)
        self._next = self._part

    @property
    def _part(self) -> int:
        return max(1, self.keep_alive // AGES)

    def settle(self, step: int) -> None:
        """Release sandboxes that have responded, and end those that were idle too long."""
        while self._next <= step:
            self._age()
        for under_way in (self._responding, self._starting):
            while under_way and under_way[0][0] <= step:
                self.busy -= under_way.popleft()[1]

    def _age(self) -> None:
        self._alive = max(self.busy, *self._peaks)
        self._peaks.append(self.busy)
        self._next += self._part

    def serve(self, step: int, wanted: int) -> int:
        """Send requests to idle sandboxes. Return how many."""
        if taken := min(wanted, self._alive - self.busy):
            self._responding.append((step + self.warm, taken))
            self._occupy(taken)
        return taken

    def start(self, step: int, count: int) -> None:
        """Start `count` sandboxes, each for one waiting request."""
        if count:
            self._starting.append((step + self.cold, count))
            self._alive += count
            self._occupy(count)
            self.most = max(self.most, self._alive)

    def _occupy(self, count: int) -> None:
        self.busy += count
        self._peaks[-1] = max(self._peaks[-1], self.busy)
