"""Measure what ships on this machine: `make bench`, after `make build`."""

import argparse
import math
import os
import statistics
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests import runtime_client
from tests.artifact import Artifact
from tests.bench.cold import EMPTY, cold_start, write_empty
from tests.bench.warm import SIDES, answer_times
from tests.emulator.emulator import Function, shipped

MILLISECOND, MEGABYTE = 1e-3, 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="cold starts of each function")
    artifact, runs = Artifact(), parser.parse_args().runs
    table = Table(title=f"On this machine ({os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f})", title_justify="left")
    for column in ("what", "n", "median", "best", "99 %"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, seconds in cold_starts(artifact, runs).items():
        table.add_row(f"cold start in the emulator, {name}", *spread(seconds, 0))
    for side in track(SIDES, "warm"):
        table.add_row(f"warm answer in process, {side}x{side} PNG", *spread(answer_times(side), 2))
    unzipped, zipped = sizes(artifact.task)
    table.add_row("artifact, unzipped", "", f"{unzipped / MEGABYTE:.1f} MB")
    table.add_row("artifact, zipped", "", f"{zipped / MEGABYTE:.1f} MB")
    Console().print(table)


def cold_starts(artifact: Artifact, runs: int) -> dict[str, list[float]]:
    """Start the functions in turn, so that a slow minute of the machine is shared. Returns seconds by name."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        runtime_client.copy_to(scratch / "client")
        functions: dict[str, Function] = {"ours": shipped(artifact), "empty handler": write_empty(scratch / EMPTY)}
        seconds: dict[str, list[float]] = {name: [] for name in functions}
        for _ in track(range(runs), "cold start"):
            for name, function in functions.items():
                seconds[name].append(cold_start(function, scratch / "client", scratch / "log"))
        return seconds


def spread(seconds: Sequence[float], digits: int) -> list[str]:
    """The cells of one row: how many, the median, the best and the 99th percentile, in milliseconds."""
    slow = sorted(seconds)[math.ceil(len(seconds) * 0.99) - 1]
    cells = [f"{time / MILLISECOND:.{digits}f} ms" for time in (statistics.median(seconds), min(seconds), slow)]
    return [str(len(seconds)), *cells]


def sizes(task: Path) -> tuple[int, int]:
    """Bytes of a folder's files, as they are and in a zip as SAM CLI makes it."""
    files = [path for path in task.rglob("*") if path.is_file()]
    with tempfile.TemporaryFile() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in track(files, "zip"):
                archive.write(path, path.relative_to(task))
        return sum(path.stat().st_size for path in files), target.tell()


if __name__ == "__main__":
    main()
