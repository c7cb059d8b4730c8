"""Counts of correct, wrong and lost responses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.support.soak.cases import Case

MAX_FAILURES = 3  # reported of one kind


@dataclass
class Tally:
    """Results of all clients."""

    correct: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: list[tuple[int, str]] = field(default_factory=list)  # the client's port and a description
    seconds: list[float] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    @property
    def requests(self) -> int:
        return self.correct + len(self.wrong) + len(self.lost)

    def count(self, case: Case, status: int, headers: Mapping[str, str], content: bytes) -> None:
        """Count one response: correct has the expected status, type and content, and a unique request id."""
        request_id = headers.get("x-request-id", "")
        if (status, headers.get("content-type"), content) != (case.status, case.media, case.content):
            self.wrong.append(f"wrong: {case.name}: {status} instead of {case.status}: {content[:200]!r}")
        elif not request_id or request_id in self.ids:
            self.wrong.append(f"wrong: {case.name}: its X-Request-Id is {request_id or 'missing'}")
        else:
            self.correct += 1
        self.ids.add(request_id)

    def summary(self) -> dict[str, Any]:
        """Return the counts, the latency in seconds and the failures."""
        p50, p99 = (float(second) for second in np.quantile(self.seconds or [0], (0.5, 0.99)))
        counts = {"requests": self.requests, "correct": self.correct, "wrong": len(self.wrong), "lost": len(self.lost)}
        failures = self.wrong[:MAX_FAILURES] + [what for _, what in self.lost[:MAX_FAILURES]]
        return {**counts, "p50": p50, "p99": p99, "failures": failures if self.requests else ["no request was sent"]}
