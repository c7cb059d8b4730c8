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

from tests.bench.competitors import ours
from tests.bench.cores import cores, on_core
from tests.bench.resident import resident
from tests.bench.servers import Running, running
from tests.bench.variants import drawn
from tests.soak.cases import Case
from tests.soak.clients import ask
from tests.soak.memory import judged
from tests.soak.tally import Tally


@contextmanager
def server(*arguments: str) -> Iterator[Running]:
    """Run serve.py on one core, and this process on the other, until the block ends."""
    started = ours()
    command = (*started.command, *arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        on_core(cores()[1]),
        running(replace(started, command=command), drawn(28)["body"].encode(), Path(folder, "log")) as up,
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
