"""Functions come in; how long the cold start of each takes in the Lambda emulator goes out."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.progress import track

from tests import runtime_client
from tests.bench.cores import cores, on_core
from tests.bench.fault import Fault
from tests.bench.spread import ratios, spread
from tests.bench.variants import drawn
from tests.emulator.emulator import Emulator, Function, emulator


def measure(functions: dict[str, Function], runs: int) -> dict[str, Any]:
    """Start each function anew in every round, in a shuffled order: a slow minute of the machine is shared."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    with runtime_client.scratch() as where:
        for _ in track(range(runs), "cold start"):
            for name in random.sample(list(functions), len(functions)):
                seconds[name].append(cold_start(name, functions[name], *where))
    pairs = {f"ours / {other}": ratios(seconds["ours"], seconds[other]) for other in ("floor", "common")}
    return {name: spread(values) for name, values in seconds.items()} | pairs


def cold_start(name: str, function: Function, client: Path, log: Path) -> float:
    """Seconds from starting the emulator's process to the answer to a drawn seven, all of it on one core."""
    event = drawn(28)
    start = time.perf_counter()
    with on_one_core(function, client, log) as running:
        answer = running.invoke(event)
        seconds = time.perf_counter() - start
    if answer.status != 200 or answer.json().get("digit", 7) != 7:
        raise Fault(f"{name} does not see the drawn seven: {answer.status} {answer.body}")
    return seconds


@contextmanager
def on_one_core(function: Function, client: Path, log: Path) -> Iterator[Emulator]:
    """Start the emulator and its function on the core of what is measured, and ask from the other one."""
    measured, clients = cores()
    with on_core(clients), ExitStack() as stack:
        with on_core(measured):
            running = stack.enter_context(emulator(function, client, log))
        yield running
