"""uvicorn's supervisors, whose processes leave Ctrl-C to their parent.

A terminal sends SIGINT to every process. One that is still importing would print a traceback.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.statreload import StatReload


@contextmanager
def sigint_blocked() -> Iterator[None]:
    """Block SIGINT in this thread: processes that are started meanwhile never receive it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


class Workers(Multiprocess):
    """Several processes, each replaced when it ends."""

    def init_processes(self) -> None:
        with sigint_blocked():
            super().init_processes()

    def keep_subprocess_alive(self) -> None:
        with sigint_blocked():
            super().keep_subprocess_alive()


class Reloader(StatReload):
    """One process, replaced after a change of a Python file."""

    def startup(self) -> None:
        with sigint_blocked():
            super().startup()

    def restart(self) -> None:
        with sigint_blocked():
            super().restart()
