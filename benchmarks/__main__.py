"""Benchmark: `make bench` measures and makes the report anew (--help: the rest)."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import machine
from benchmarks.aws import cost, scale
from benchmarks.cores import cores
from benchmarks.environments import ENVIRONMENTS
from benchmarks.errors import Fault
from benchmarks.function import cold_start, memory, size, warm_latency
from benchmarks.function.startup_measures import without_each
from benchmarks.function.variants import variants
from benchmarks.http import throughput
from benchmarks.http.competitors import COMPETITORS
from benchmarks.programs import PYTHON
from benchmarks.tables import tables
from tests.support.artifact import ARCHITECTURE, build
from tests.support.template import ROOT

REPORT = ROOT / "frontend" / "report" / "benchmark.json"
WIDTH = 150  # characters of the tables in a file
PARTS = ("cold", "warm", "http", "artifact", "memory")


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    runs: int  # cold starts of each function
    turns: int  # of each warm process; a turn is warm.CALLS answers
    rounds: int  # starts of each server
    seconds: float  # of each load on a server
    requests: tuple[int, ...]  # after which memory is read


WHOLE = Effort(20, 40, 5, 5, (10, 1_000, 10_000))
QUICK = Effort(3, 5, 1, 2, (10, 100, 1_000))


def main() -> None:
    arguments = parse()
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    warn(console)
    effort = QUICK if arguments.quick else WHOLE
    try:
        measured = measure(effort, arguments.runs or effort.runs, arguments.only)
    except (Fault, RuntimeError) as error:  # the second: a build or a function that failed
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped; nothing is written.")
    console.print(*tables(measured), *derived_tables(measured))
    if arguments.out:
        save(measured, arguments.out)
    elif not arguments.quick and set(arguments.only) == set(PARTS):
        save(measured, REPORT)
        redraw()


def warn(console: Console) -> None:
    """Say what will be in the figures beside what is measured."""
    if len(set(cores())) == 1:
        console.print("[yellow]There is one core only: what measures takes time from what is measured.")
    if os.getloadavg()[0] > 1:
        console.print(f"[yellow]The load is {os.getloadavg()[0]:.1f}: other work here will be in the figures.")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=positive, help=f"cold starts of each function ({WHOLE.runs})")
    parser.add_argument("--quick", action="store_true", help="a trial of a few minutes; the report stays as it is")
    parser.add_argument("--only", type=parts, default=PARTS, help=f"some of {','.join(PARTS)}; the report stays too")
    parser.add_argument("--out", type=Path, help="write the figures to this file instead of the report")
    return parser.parse_args()


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 1")
    return int(text)


def parts(text: str, known: tuple[str, ...] = PARTS) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    if unknown := set(chosen) - set(known):
        raise argparse.ArgumentTypeError(f"there is no part {', '.join(sorted(unknown))}; choose of {','.join(known)}")
    return chosen


def measure(effort: Effort, runs: int, chosen: tuple[str, ...]) -> dict[str, Any]:
    """Measure the chosen parts, one after the other: nothing else runs meanwhile."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ENVIRONMENTS) as folder:
        artifact = build(ENVIRONMENTS / ARCHITECTURE)
        functions = variants(artifact, Path(folder))
        without = without_each(functions["ours"], Path(folder, "without")) if "cold" in chosen else {}
        measures: dict[str, Callable[[], dict[str, Any]]] = {
            "cold": lambda: cold_start.measure(functions, without, runs),
            "warm": lambda: {"warm": warm_latency.measure(functions, effort.turns)},
            "http": lambda: {"http": throughput.measure(COMPETITORS, effort.rounds, effort.seconds)},
            "artifact": lambda: {"artifact": size.measure(artifact)},
            "memory": lambda: {"memory": memory.measure(functions["ours"], effort.requests)},
        }
        measured = {key: value for part in PARTS if part in chosen for key, value in measures[part]().items()}
    described = {"measured": date.today().isoformat(), "machine": machine.describe(), "versions": machine.versions()}
    return described | measured | derived(measured)


def derived(measured: dict[str, Any]) -> dict[str, Any]:
    """What follows from the times by calculation: money and sandboxes."""
    if not {"warm", "cold_start"} <= set(measured):
        return {}
    answer, start = times(measured)
    with Progress() as progress:
        task = progress.add_task("simulation", total=len(scale.cases()))
        simulated = scale.table(answer, start, partial(progress.advance, task))
    return {"cost": cost.table(answer, start), "scale": simulated}


def derived_tables(measured: dict[str, Any]) -> list[Table]:
    if "cost" not in measured:
        return []
    return [cost.printed(*times(measured), cost.TYPICAL), scale.printed(measured["scale"])]


def times(measured: dict[str, Any]) -> tuple[float, float]:
    """Seconds of our warm answer to the small drawing, and of our cold start."""
    return measured["warm"]["28"]["ours"]["median"], measured["cold_start"]["ours"]["median"]


def save(measured: dict[str, Any], path: Path) -> None:
    """Write the figures beside their place, then put them there."""
    from training.files import write_atomically  # seconds of imports that most trials have no use for

    text = json.dumps(measured, indent=1) + "\n"
    try:
        write_atomically(path, lambda beside: beside.write_text(text))
    except OSError as error:
        sys.exit(f"{path} cannot be written ({error.strerror}). Give another file: --out FILE")


def redraw() -> None:
    """Make the report of what is written."""
    if subprocess.run([PYTHON, "-m", "report"], cwd=ROOT).returncode:
        sys.exit(f"{REPORT.name} is written, but the report could not be made of it.")


if __name__ == "__main__":
    main()
