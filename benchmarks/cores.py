"""Processor cores: one for the measured process, the other for its clients."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from command_line import CommandError


def cores() -> tuple[int, int]:
    """Return the core of the measured process and that of its clients: the same one on a machine with one core."""
    if not hasattr(os, "sched_getaffinity"):
        raise CommandError("make bench needs Linux: it pins processes to cores and reads /proc.")
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Pin this thread, and every process that it starts in the block, to one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
