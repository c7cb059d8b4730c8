"""Cases come in; how serve.py answers many clients at once, and what memory it holds meanwhile, goes out."""

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
from tests.support.soak.clients import ask
from tests.support.soak.memory import judged
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
    """Ask for `warm_up` and `seconds`; memory is read each second, and what it grows after the first is judged."""
    held: list[int] = []  # bytes, each second after the warm-up
    whole = warm_up + seconds
    with server() as up, Progress() as progress:
        task, start = progress.add_task("load", total=whole), time.perf_counter()

        async def watch(tally: Tally) -> None:
            while (passed := time.perf_counter() - start) < whole:
                progress.update(task, completed=passed, description=f"load: {tally.asked:,} answers")
                if passed >= warm_up:
                    held.append(resident([up.process.pid]))
                await asyncio.sleep(1)
            progress.update(task, completed=whole)

        tally = ask(up.port, cases, clients, watch)
        held.append(resident([up.process.pid]))
        wall = time.perf_counter() - start
    return judged(tally.summary() | {"requests_per_second": tally.asked / wall}, held)
