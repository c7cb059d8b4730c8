"""Simulated execution environments (sandboxes) of AWS Lambda."""

from collections import deque
from dataclasses import dataclass, field

AGES = 60  # a keep-alive is counted in so many parts


@dataclass
class Sandboxes:
    """Each answers one request at a time; the one that was used last is used next, and one unused for long ends.

    Used in that order, there are always as many as were busy at once within the keep-alive. Times are in steps, which
    never go back.
    """

    warm: int
    cold: int
    keep: int
    waiting: int = 0
    busy: int = 0
    most: int = 0  # there ever were
    _alive: int = field(init=False)
    _peaks: deque[int] = field(init=False)  # most that were busy at once, of each part of the keep-alive
    _next: int = field(init=False)  # part begins
    _answering: deque[tuple[int, int]] = field(init=False, default_factory=deque)  # until when, and how many
    _starting: deque[tuple[int, int]] = field(init=False, default_factory=deque)

    def __post_init__(self) -> None:
        self._alive = self.most = self.waiting
        self._peaks = deque([self.waiting, 0], AGES + 1)
        self._next = self._part

    @property
    def _part(self) -> int:
        return max(1, self.keep // AGES)

    def settle(self, step: int) -> None:
        """Let those that have answered by now wait, and those that waited too long end."""
        while self._next <= step:
            self._age()
        for under_way in (self._answering, self._starting):
            while under_way and under_way[0][0] <= step:
                self.busy -= under_way.popleft()[1]

    def _age(self) -> None:
        self._alive = max(self.busy, *self._peaks)
        self._peaks.append(self.busy)
        self._next += self._part

    def answer(self, step: int, wanted: int) -> int:
        """Give as many of the requests as can be to sandboxes that wait. Returns how many."""
        if taken := min(wanted, self._alive - self.busy):
            self._answering.append((step + self.warm, taken))
            self._occupy(taken)
        return taken

    def start(self, step: int, count: int) -> None:
        """Start so many, each for a request that waits for it."""
        if count:
            self._starting.append((step + self.cold, count))
            self._alive += count
            self._occupy(count)
            self.most = max(self.most, self._alive)

    def _occupy(self, count: int) -> None:
        self.busy += count
        self._peaks[-1] = max(self._peaks[-1], self.busy)
