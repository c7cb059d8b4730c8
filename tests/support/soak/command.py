"""Soak test of the server and the function: `make soak`. The exit status is 1 if a response was wrong."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.command import parts, save
from benchmarks.environments import ENVIRONMENTS
from benchmarks.errors import BenchmarkError
from command_line import output_file
from results_console import print_results
from tests.support.artifact import ARCHITECTURE, build
from tests.support.emulator import shipped
from tests.support.soak import events, faults, load, workers
from tests.support.soak.cases import cases
from tests.support.soak.table import tables

PARTS = ("load", "workers", "events", "cold", "faults")
CLIENTS = 50
PAUSE = 2  # seconds from the replacement of a worker to the next kill


@dataclass(frozen=True)
class Effort:
    """Duration and counts of a soak test."""

    warm_up: float  # seconds of load before memory growth is measured
    seconds: float  # of load
    kills: int
    events: int
    starts: int


FULL = Effort(30, 120, 10, 10_000, 200)
QUICK = Effort(2, 4, 2, 500, 5)


def main() -> None:
    arguments = parse()
    try:
        results = soak(QUICK if arguments.quick else FULL, arguments.only)
    except RuntimeError as error:  # a failed build
        raise BenchmarkError(str(error)) from None
    print_results(*tables(results))
    failures = [f"{part}: {failure}" for part, figures in results.items() for failure in figures["failures"]]
    if arguments.out:
        save(results, arguments.out)
    sys.exit("\n".join(failures) or 0)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.soak", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a trial of a minute")
    parser.add_argument("--only", type=partial(parts, choices=PARTS), default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--out", type=output_file, help="write the results to this file")
    return parser.parse_args()


def soak(effort: Effort, chosen: tuple[str, ...]) -> dict[str, Any]:
    """Run the chosen parts one after another. Return the results by part."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    function, requests = shipped(build(ENVIRONMENTS / ARCHITECTURE)), cases()
    measures: dict[str, Callable[[], dict[str, Any]]] = {
        "load": partial(load.measure, requests, CLIENTS, effort.warm_up, effort.seconds),
        "workers": partial(workers.measure, requests, CLIENTS, effort.kills, PAUSE),
        "events": partial(events.measure, function, requests, effort.events),
        "cold": partial(events.cold_starts, function, requests, effort.starts),
        "faults": faults.measure,
    }
    return {part: measure() for part, measure in measures.items() if part in chosen}
