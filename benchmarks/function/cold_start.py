"""Cold starts in the Lambda emulator."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from rich.progress import track

from benchmarks.cores import cores, on_core
from benchmarks.errors import BenchmarkError
from benchmarks.function.variants import seven_event
from benchmarks.spread import ratios, spread
from tests.support import runtime_client
from tests.support.emulator import Emulator, Function, emulator

COMPARED = ("fastapi", "bare", "common")


class Start(NamedTuple):
    """Seconds of a cold start, and of its part before the first request (INIT)."""

    seconds: float
    init: float


def measure(functions: dict[str, Function], without: dict[str, Function], runs: int) -> dict[str, Any]:
    """Return the seconds of cold starts by function, of our INIT, and those that each start-up optimization saves.

    functions: ours and the functions that it is compared with, by name
    without: ours without one optimization, by the optimization's name
    """
    unmeasured = {f"without {name}": function for name, function in without.items()}
    starts = take_turns(functions | unmeasured, runs)
    seconds = {name: [start.seconds for start in one] for name, one in starts.items()}
    pairs = {
        f"{one} / {other}": ratios(seconds[one], seconds[other])
        for one, other in (*(("ours", other) for other in COMPARED), ("fastapi", "bare"))
    }
    return {
        "cold_start": {name: spread(seconds[name]) for name in functions} | pairs,
        "init": spread([start.init for start in starts["ours"]]),
        "measures": {name: saved(seconds[f"without {name}"], seconds["ours"]) for name in without},
    }


def take_turns(functions: dict[str, Function], runs: int) -> dict[str, list[Start]]:
    """Cold-start every function once a round, in shuffled order, so that slow minutes of the machine affect all."""
    starts: dict[str, list[Start]] = {name: [] for name in functions}
    with runtime_client.scratch() as where:
        for _ in track(range(runs), "cold start"):
            for name in random.sample(list(functions), len(functions)):
                starts[name].append(cold_start(name, functions[name], *where))
    return starts


def saved(without: list[float], ours: list[float]) -> dict[str, Any]:
    """Return the seconds that one optimization saves, paired by round."""
    return {
        "without": spread(without),
        "saved": spread([slow - fast for slow, fast in zip(without, ours, strict=True)]),
        "without / ours": ratios(without, ours),
    }


def cold_start(name: str, function: Function, client: Path, log: Path) -> Start:
    """Measure from the start of the emulator to the response to a drawn seven, on one core."""
    event = seven_event(28)
    start = time.perf_counter()
    with on_one_core(function, client, log) as running:
        response = running.invoke(event)
        seconds = time.perf_counter() - start
        init = running.init_seconds()
    if response.status != 200 or response.json().get("digit", 7) != 7:
        raise BenchmarkError(f"{name} does not classify the drawn seven as 7: {response.status} {response.body}")
    return Start(seconds, init)


@contextmanager
def on_one_core(function: Function, client: Path, log: Path) -> Iterator[Emulator]:
    """Start the emulator and its function on one core, and send requests from the other."""
    measured, clients = cores()
    with on_core(clients), ExitStack() as stack:
        with on_core(measured):
            running = stack.enter_context(emulator(function, client, log))
        yield running
