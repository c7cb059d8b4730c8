"""Answers come in; how many were right, wrong and lost goes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.support.soak.cases import Case

SHOWN = 3  # failures of one kind; a fault that all requests meet would fill the screen


@dataclass
class Tally:
    """What all clients have seen together."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: list[tuple[int, str]] = field(default_factory=list)  # the client's port, and what was lost
    seconds: list[float] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    @property
    def asked(self) -> int:
        return self.right + len(self.wrong) + len(self.lost)

    def judge(self, case: Case, status: int, headers: Mapping[str, str], content: bytes) -> None:
        """Count one answer: right is one with the status, the type and the content, under a name of its own."""
        name = headers.get("x-request-id", "")
        if (status, headers.get("content-type"), content) != (case.status, case.media, case.content):
            self.wrong.append(f"wrong: {case.name}: {status} instead of {case.status}: {content[:200]!r}")
        elif not name or name in self.ids:
            self.wrong.append(f"wrong: {case.name}: its X-Request-Id is {name or 'missing'}")
        else:
            self.right += 1
        self.ids.add(name)

    def summary(self) -> dict[str, Any]:
        """The counts, the seconds of an answer, and what must not be."""
        p50, p99 = (float(second) for second in np.quantile(self.seconds or [0], (0.5, 0.99)))
        counts = {"requests": self.asked, "right": self.right, "wrong": len(self.wrong), "lost": len(self.lost)}
        failures = self.wrong[:SHOWN] + [what for _, what in self.lost[:SHOWN]]
        return {**counts, "p50": p50, "p99": p99, "failures": failures if self.asked else ["nothing was asked"]}
