"""Resident memory of a function in the Lambda emulator, after more and more requests."""

import itertools
from typing import Any

from rich.progress import track

from benchmarks.errors import Fault
from benchmarks.function.cold_start import on_one_core
from benchmarks.function.variants import SIDES, drawn
from benchmarks.resident_memory import children, resident
from tests.support import runtime_client
from tests.support.emulator import Function

MODELS = ("mlp", "tree")


def measure(function: Function, requests: tuple[int, ...]) -> dict[str, Any]:
    """Bytes after each count of requests: small and large drawings in turn, and both models."""
    events = [drawn(side, model) for side in SIDES for model in MODELS]
    held = []
    with runtime_client.scratch() as where, on_one_core(function, *where) as running:
        for count, event in zip(track(range(1, max(requests) + 1), "memory"), itertools.cycle(events), strict=False):
            answer = running.invoke(event)
            if answer.status != 200:
                raise Fault(f"ours refuses the drawn seven: {answer.status} {answer.body}")
            if count in requests:
                (process,) = children(running.process.pid)
                held.append(resident([process]))
    return {"requests": list(requests), "resident": held}
