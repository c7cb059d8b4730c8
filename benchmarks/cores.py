"""Two processor cores: one for what is measured, the other for what measures it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def cores() -> tuple[int, int]:
    """The core of what is measured and the core of its clients; the same one on a machine with a single core."""
    if not hasattr(os, "sched_getaffinity"):
        sys.exit("make bench pins processes to cores and reads their memory as Linux lets it: run it on Linux.")
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Keep this thread, and every process that it starts in the block, with all of its children, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
