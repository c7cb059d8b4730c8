"""Soak test of the function in the emulator: memory, errors and cold starts."""

import random
import time
from typing import Any

from rich.progress import track

from benchmarks.function.cold_start import on_one_core
from benchmarks.resident_memory import children, resident
from benchmarks.spread import spread
from tests.support import runtime_client
from tests.support.emulator import Emulator, Function
from tests.support.lambda_client import as_event
from tests.support.soak.cases import Case
from tests.support.soak.memory import with_growth
from tests.support.soak.tally import Tally

WARM_UP = 2  # times that each case is sent before memory growth is measured
SAMPLES = 100  # measurements of memory


def measure(function: Function, cases: list[Case], count: int) -> dict[str, Any]:
    """Send each case WARM_UP times, then `count` random cases, to one process of the function."""
    tally, held = Tally(), []
    requests = cases * WARM_UP + random.Random(0).choices(cases, k=count)
    with runtime_client.scratch() as where, on_one_core(function, *where) as running:
        for number, case in enumerate(track(requests, "events"), 1 - len(cases) * WARM_UP):
            send(tally, running, case)
            if number >= 0 and number % max(1, count // SAMPLES) == 0:
                held.append(resident(children(running.process.pid)))
    return with_growth(tally.summary(), held)


def cold_starts(function: Function, cases: list[Case], count: int) -> dict[str, Any]:
    """Start the function once for each event. The result has the seconds from the start to the response."""
    tally, chance, seconds = Tally(), random.Random(0), []
    with runtime_client.scratch() as where:
        for _ in track(range(count), "cold starts"):
            start = time.perf_counter()
            with on_one_core(function, *where) as running:
                send(tally, running, chance.choice(cases))
                seconds.append(time.perf_counter() - start)
    return tally.summary() | {"cold_start": spread(seconds)}


def send(tally: Tally, running: Emulator, case: Case) -> None:
    """Send the request of a case as an HTTP API event, and count the response."""
    start = time.perf_counter()
    try:
        response = running.invoke(as_event(case.request, case.request.read()))
    except RuntimeError as error:
        tally.lost.append((running.port, f"lost: {case.name}: {str(error).splitlines()[0]}"))
        return
    tally.seconds.append(time.perf_counter() - start)
    tally.count(case, response.status, response.headers, response.body.encode())
