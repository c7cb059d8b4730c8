"""Resident memory of a function in the Lambda emulator, by number of requests."""

import itertools

from rich.progress import track

from benchmarks.errors import BenchmarkError
from benchmarks.function.cold_start import on_one_core
from benchmarks.function.variants import SIDES, seven_event
from benchmarks.resident_memory import children, resident
from benchmarks.schema import Memory
from tests.support import runtime_client
from tests.support.emulator import Function

MODELS = ("mlp", "tree")


def measure(function: Function, requests: tuple[int, ...]) -> Memory:
    """Return the bytes after each number of requests, which alternate small and large drawings and both models."""
    events = [seven_event(side, model) for side in SIDES for model in MODELS]
    held = []
    with runtime_client.scratch() as where, on_one_core(function, *where) as running:
        for count, event in zip(track(range(1, max(requests) + 1), "memory"), itertools.cycle(events), strict=False):
            response = running.invoke(event)
            if response.status != 200:
                raise BenchmarkError(f"ours rejects the drawn seven: {response.status} {response.body}")
            if count in requests:
                (process,) = children(running.process.pid)
                held.append(resident([process]))
    return Memory(requests=list(requests), resident=held)
