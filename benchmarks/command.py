"""Commands of the benchmark: `python -m benchmarks [measure]|batch|cost|scale|operations`."""

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

from benchmarks import batch, machine, operations
from benchmarks.aws import cost, scale
from benchmarks.cores import cores
from benchmarks.environments import ENVIRONMENTS
from benchmarks.errors import BenchmarkError
from benchmarks.function import cold_start, memory, size, warm_latency
from benchmarks.function.startup_optimizations import without_each
from benchmarks.function.variants import variants
from benchmarks.http import throughput
from benchmarks.http.competitors import COMPETITORS
from benchmarks.programs import PYTHON
from benchmarks.tables import tables
from command_line import CommandError, output_file, positive, with_default
from results_console import print_results
from tests.support.artifact import ARCHITECTURE, build
from tests.support.template import ROOT

REPORT = ROOT / "frontend" / "report" / "benchmark.json"
PARTS = ("cold", "warm", "http", "artifact", "memory")


@dataclass(frozen=True)
class Effort:
    """Counts and durations of the measurements."""

    runs: int  # cold starts of each function
    turns: int  # of each warm process, of warm_latency.CALLS requests each
    rounds: int  # starts of each server
    seconds: float  # of each load on each server
    requests: tuple[int, ...]  # counts, after which memory is measured


FULL = Effort(20, 40, 5, 5, (10, 1_000, 10_000))
QUICK = Effort(3, 5, 1, 2, (10, 100, 1_000))


def main() -> None:
    arguments = parse(sys.argv[1:])
    arguments.command(arguments)


def run_benchmark(arguments: argparse.Namespace) -> None:
    """Run `make bench`: measure, print tables, write benchmark.json and the report."""
    warn(Console(stderr=True))
    effort = QUICK if arguments.quick else FULL
    try:
        measured = measure(effort, arguments.runs or effort.runs, arguments.only)
    except RuntimeError as error:  # a failed build or function
        raise BenchmarkError(str(error)) from None
    print_results(*tables(measured), *derived_tables(measured))
    if arguments.out:
        save(measured, arguments.out)
    elif not arguments.quick and set(arguments.only) == set(PARTS):
        save(measured, REPORT)
        write_report()


def warn(console: Console) -> None:
    """Print a warning for each condition that disturbs the measurement."""
    if len(set(cores())) == 1:
        console.print("[yellow]This machine has one core: the clients slow down the measured process.")
    if os.getloadavg()[0] > 1:
        console.print(f"[yellow]The load is {os.getloadavg()[0]:.1f}: other processes will affect the results.")


def parse(given: list[str]) -> argparse.Namespace:
    root = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    parser = commands.add_parser(
        "measure", help="measure cold start, latency, HTTP, size, memory (the default command)"
    )
    parser.add_argument("--runs", type=positive, help=f"cold starts of each function ({FULL.runs})")
    parser.add_argument(
        "--quick", action="store_true", help="a trial of a few minutes, which does not change the report"
    )
    parser.add_argument(
        "--only", type=parts, default=PARTS, help=f"some of {','.join(PARTS)}, without changing the report"
    )
    parser.add_argument("--out", type=output_file, help="write the results to this file instead of the report")
    parser.set_defaults(command=run_benchmark)
    batch.add_arguments(
        commands.add_parser("batch", help="measure python -m batch, write docs/batch.md", description=batch.__doc__)
    )
    cost.add_arguments(
        commands.add_parser("cost", help="print the cost of a million predictions", description=cost.__doc__)
    )
    scale.add_arguments(
        commands.add_parser("scale", help="simulate 10 to 100,000 requests a second", description=scale.__doc__)
    )
    commands.add_parser("operations", help="write the tables of docs/deploy.md").set_defaults(
        command=operations.command
    )
    return root.parse_args(with_default(given, commands.choices, "measure"))


def parts(text: str, choices: tuple[str, ...] = PARTS) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    if unknown := set(chosen) - set(choices):
        raise argparse.ArgumentTypeError(
            f"there is no part {', '.join(sorted(unknown))}; choose of {','.join(choices)}"
        )
    return chosen


def measure(effort: Effort, runs: int, chosen: tuple[str, ...]) -> dict[str, Any]:
    """Measure the chosen parts one after another."""
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
    """Return the cost and scale that follow from the measured times."""
    if not {"warm", "cold_start"} <= set(measured):
        return {}
    times = cost.times_of(measured)
    with Progress() as progress:
        task = progress.add_task("simulation", total=len(scale.cases()))
        simulated = scale.table(times, partial(progress.advance, task))
    return {"cost": cost.table(times), "scale": simulated}


def derived_tables(measured: dict[str, Any]) -> list[Table]:
    if "cost" not in measured:
        return []
    return [cost.rich_table(cost.times_of(measured), cost.TYPICAL), scale.rich_table(measured["scale"])]


def save(measured: dict[str, Any], path: Path) -> None:
    """Write the results atomically."""
    from training.files import write_atomically  # takes seconds to import

    text = json.dumps(measured, indent=1) + "\n"
    try:
        write_atomically(path, lambda temporary: temporary.write_text(text))
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror}). Choose another file: --out FILE") from None


def write_report() -> None:
    """Write the figures and pages of the report from the JSON files."""
    if subprocess.run([PYTHON, "-m", "report"], cwd=ROOT).returncode:
        raise CommandError(f"{REPORT.name} is written, but the report could not be made from it.")
