"""How many cases to try comes in; what schemathesis finds with the OpenAPI document goes out, check by check.

Every check that schemathesis has is on, in all its phases: the document's examples, the corners of each schema
(coverage), what Hypothesis makes of it (fuzzing), and ways along the links (stateful).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from digits.app import app
from tests.support.contract import hints  # noqa: F401

PATIENCE = 10  # seconds for one answer, on a machine that does other things, too
CONFIG: dict[str, Any] = {
    "checks": {
        "max_response_time": PATIENCE,
        "positive_data_acceptance": {"expected-statuses": [200, 304]},
        "negative_data_rejection": {"expected-statuses": [400, 404, 413, 415, 422]},  # 413: a batch of 257
    },
    "phases": {"coverage": {"generate-duplicate-query-parameters": True}},
    "continue-on-failure": True,
    "cache": {"enabled": False},
}


@dataclass
class Report:
    """What has been found so far."""

    cases: Counter[str] = field(default_factory=Counter)  # by phase
    checks: Counter[str] = field(default_factory=Counter)  # that ran, by name
    failed: Counter[str] = field(default_factory=Counter)  # by name
    failures: list[str] = field(default_factory=list)  # each with the command that shows it

    def add(self, phase: str, scenario: ScenarioRecorder) -> None:
        """Count the cases and checks of one scenario."""
        self.cases[phase] += len(scenario.interactions)
        for check in (check for checks in scenario.checks.values() for check in checks):
            self.checks[check.name] += 1
            if info := check.failure_info:
                self.fail(check.name, str(info.failure), info.code_sample)
            elif check.status != Status.SUCCESS:
                self.fail(check.name, check.status.value)

    def fail(self, name: str, said: str, command: str | None = None) -> None:
        self.failed[name] += 1
        self.failures.append(f"{name}: {said}" + (f"\n    {command}" if command else ""))


def run(examples: int, seed: int = 0) -> Iterator[Report]:
    """Try `examples` cases of each route and as many ways along the links. Yields the report after each scenario."""
    generation = {"database": "none", "max-examples": examples}
    config = schemathesis.Config.from_dict({**CONFIG, "generation": generation, "seed": seed})
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app, config=config)
    report = Report()
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                report.add(event.phase.value, event.recorder)
                yield report
            case events.NonFatalError():
                report.fail(event.label, f"{event.info.title}: {event.info.message}")
            case events.FatalError():
                report.fail("schemathesis", repr(event.exception))
            case events.PhaseFinished(status=Status.SKIP):
                report.fail(event.phase.name.value, "the phase was skipped")
    yield report
