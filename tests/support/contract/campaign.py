"""Contract test of the application: schemathesis generates requests from the OpenAPI document.

All checks are on, in all phases: examples of the document, boundary values (coverage), random values (fuzzing) and
sequences along links (stateful).
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

REQUEST_TIMEOUT = 10  # seconds, on a busy machine
CONFIG: dict[str, Any] = {
    "checks": {
        "max_response_time": REQUEST_TIMEOUT,
        "positive_data_acceptance": {"expected-statuses": [200, 304]},
        "negative_data_rejection": {"expected-statuses": [400, 404, 413, 415, 422]},  # 413: a batch of 257
    },
    "phases": {"coverage": {"generate-duplicate-query-parameters": True}},
    "continue-on-failure": True,
    "cache": {"enabled": False},
}


@dataclass
class Report:
    """Counts and failures so far."""

    cases: Counter[str] = field(default_factory=Counter)  # by phase
    checks: Counter[str] = field(default_factory=Counter)  # by name
    failed: Counter[str] = field(default_factory=Counter)  # by name
    failures: list[str] = field(default_factory=list)  # each with a command that reproduces it

    def add(self, phase: str, scenario: ScenarioRecorder) -> None:
        """Count the cases and checks of one scenario."""
        self.cases[phase] += len(scenario.interactions)
        for check in (check for checks in scenario.checks.values() for check in checks):
            self.checks[check.name] += 1
            if info := check.failure_info:
                self.fail(check.name, str(info.failure), info.code_sample)
            elif check.status != Status.SUCCESS:
                self.fail(check.name, check.status.value)

    def fail(self, name: str, message: str, command: str | None = None) -> None:
        self.failed[name] += 1
        self.failures.append(f"{name}: {message}" + (f"\n    {command}" if command else ""))


def run(examples: int, seed: int = 0) -> Iterator[Report]:
    """Run `examples` cases of each route and as many sequences. Yield the report after each scenario."""
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
            case events.Interrupted():  # schemathesis catches the KeyboardInterrupt
                raise KeyboardInterrupt
            case events.FatalError():
                report.fail("schemathesis", repr(event.exception))
            case events.PhaseFinished(status=Status.SKIP):
                report.fail(event.phase.name.value, "the phase was skipped")
    yield report
