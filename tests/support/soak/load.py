"""Load test of serve.py: errors, latency and memory growth."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.progress import Progress

from benchmarks.cores import cores, on_core
from benchmarks.function.variants import seven_event
from benchmarks.http.competitors import ours
from benchmarks.http.servers import Running, running
from benchmarks.resident_memory import resident
from tests.support.soak.cases import Case
from tests.support.soak.clients import run_clients
from tests.support.soak.memory import with_growth
from tests.support.soak.tally import Tally


@contextmanager
def server(*arguments: str) -> Iterator[Running]:
    """Run serve.py on one core, and this process on the other, until the block ends."""
    started = ours()
    command = (*started.command, *arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        on_core(cores()[1]),
        running(replace(started, command=command), seven_event(28)["body"].encode(), Path(folder, "log")) as up,
    ):
        yield up


def measure(cases: list[Case], clients: int, warm_up: float, seconds: float) -> dict[str, Any]:
    """Send requests for `warm_up` plus `seconds`. Memory is measured each second after the warm-up."""
    held: list[int] = []  # bytes
    total = warm_up + seconds
    with server() as up, Progress() as progress:
        task, start = progress.add_task("load", total=total), time.perf_counter()

        async def watch(tally: Tally) -> None:
            while (passed := time.perf_counter() - start) < total:
                progress.update(task, completed=passed, description=f"load: {tally.requests:,} requests")
                if passed >= warm_up:
                    held.append(resident([up.process.pid]))
                await asyncio.sleep(1)
            progress.update(task, completed=total)

        tally = run_clients(up.port, cases, clients, watch)
        held.append(resident([up.process.pid]))
        wall = time.perf_counter() - start
    return with_growth(tally.summary() | {"requests_per_second": tally.requests / wall}, held)
