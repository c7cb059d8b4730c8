"""Cold starts in the Lambda emulator."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.progress import track

from benchmarks.cores import cores, on_core
from benchmarks.errors import Fault
from benchmarks.function.variants import drawn
from benchmarks.spread import ratios, spread
from tests.support import runtime_client
from tests.support.emulator import Emulator, Function, emulator

COMPARED = ("fastapi", "bare", "common")


def measure(functions: dict[str, Function], without: dict[str, Function], runs: int) -> dict[str, Any]:
    """Seconds of a cold start by function, and what each start-up measure saves.

    functions: ours and what it is compared with, by name
    without: ours without one measure, by the name of the measure
    """
    unmeasured = {f"without {name}": function for name, function in without.items()}
    seconds = take_turns(functions | unmeasured, runs)
    pairs = {
        f"{one} / {other}": ratios(seconds[one], seconds[other])
        for one, other in (*(("ours", other) for other in COMPARED), ("fastapi", "bare"))
    }
    return {
        "cold_start": {name: spread(seconds[name]) for name in functions} | pairs,
        "measures": {name: saved(seconds[f"without {name}"], seconds["ours"]) for name in without},
    }


def take_turns(functions: dict[str, Function], runs: int) -> dict[str, list[float]]:
    """Start each function anew in every round, in a shuffled order: a slow minute of the machine is shared."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    with runtime_client.scratch() as where:
        for _ in track(range(runs), "cold start"):
            for name in random.sample(list(functions), len(functions)):
                seconds[name].append(cold_start(name, functions[name], *where))
    return seconds


def saved(without: list[float], ours: list[float]) -> dict[str, Any]:
    """What one measure saves, taken round by round."""
    return {
        "without": spread(without),
        "saved": spread([slow - fast for slow, fast in zip(without, ours, strict=True)]),
        "without / ours": ratios(without, ours),
    }


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
