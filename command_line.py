"""Start of a command: Ctrl-C, SIGTERM and expected errors end it with one line and the right exit status.

It needs only the standard library, and no new syntax: it also reports a wrong Python version and missing packages.
"""

from __future__ import annotations

import argparse
import errno
import os
import re
import signal
import sys
import threading
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import FrameType

PYTHON = (3, 13)
CLEANUP_TIMEOUT = 2  # seconds from the signal to the end of the process, whatever the main thread does
SHOW_CURSOR = "\r\x1b[K\x1b[?25h"  # an unfinished progress display hides it; its line is erased
OS_ERROR_HINTS = {
    errno.ENOSPC: "Free some space, then run the command again.",
    errno.EDQUOT: "Free some space, then run the command again.",
    errno.EACCES: "Choose a place that this user may write to.",
    errno.EPERM: "Choose a place that this user may write to.",
    errno.EROFS: "Choose a place that can be written to.",
}


class CommandError(Exception):
    """Expected error of a command: the message has the reason and what to do."""


class Stopped(KeyboardInterrupt):
    """SIGINT or SIGTERM."""


def run(module: str, message: str = "Stopped.", stopped_status: int | None = None) -> None:
    """Import a module, call its `main()`, and exit: 1 after an error, 2 after wrong use, 130 and 143 after signals.

    The message is printed after a signal.
    stopped_status: exit status after a signal, instead of 130 and 143
    """
    if sys.version_info[:2] != PYTHON:
        sys.exit(
            f"This needs Python {PYTHON[0]}.{PYTHON[1]}: run .venv/bin/python, which 'make .venv/develop' installs."
        )
    global _signals
    with _Signals(message, stopped_status) as _signals:
        try:
            _signals.at_once = False
            import_module(module).main()
            sys.stdout.flush()
        except CommandError as error:
            sys.exit(str(error))
        except ModuleNotFoundError as error:
            sys.exit(f"{error.name} is not installed here: run .venv/bin/python, which 'make .venv/develop' installs.")
        except BrokenPipeError:  # such as `| head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(128 + signal.SIGPIPE)
        except OSError as error:
            if error.errno not in OS_ERROR_HINTS:
                raise
            name = error.filename or "The output"
            sys.exit(f"{name} cannot be written or read ({error.strerror}). {OS_ERROR_HINTS[error.errno]}")


def end_at_once() -> None:
    """Let a later signal end the process without raising Stopped, which a fuzzer would report as a finding."""
    if _signals:
        _signals.at_once = True


@contextmanager
def sigint_blocked() -> Iterator[None]:
    """Block SIGINT in this thread and in the processes that multiprocessing starts from it, until the block ends.

    A terminal sends Ctrl-C to them, too. `run` has blocked it, but multiprocessing's resource tracker unblocks it.
    """
    from multiprocessing import resource_tracker  # few commands need it

    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """End this process of multiprocessing when its parent ends, killed or not: a pool's worker would wait for ever."""
    from multiprocessing import parent_process

    parent = parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


class _Signals:
    """Context in which SIGINT and SIGTERM raise Stopped in the main thread, then end the process.

    A terminal sends Ctrl-C to the children, too, and those of Python would print tracebacks. SIGINT is therefore
    blocked in this thread, which later threads and child processes inherit; a watching thread waits for it, and passes
    it on to this thread as SIGTERM.
    """

    def __init__(self, message: str, stopped_status: int | None) -> None:
        self._status = 0  # 128 and the number of the signal
        self._stopped_status = stopped_status
        self._message: str | None = message
        self.at_once = True  # without raising Stopped
        self._children: list[int] = []  # descriptors of the processes that ran when the signal arrived

    def __enter__(self) -> _Signals:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)
        self._arrived, wakeup = os.pipe()
        os.set_blocking(wakeup, False)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        threading.Thread(target=self._forward_interrupts, args=(threading.get_ident(),), daemon=True).start()
        threading.Thread(target=self._limit_cleanup, daemon=True).start()
        sys.unraisablehook = self._end_if_stopped
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if (
            self._status or kind is Stopped
        ):  # after a signal, whatever the error: libraries convert Stopped to their own
            self._end()
        self.at_once = True  # an exception during the interpreter's shutdown would be a traceback

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._status = self._status or 128 + number
        if self.at_once or _is_importing(frame):
            self._end()
        self.at_once = True  # at a second signal
        self._children = [*_children()]
        raise Stopped

    def _forward_interrupts(self, main_thread: int) -> None:
        while True:
            signal.sigwait((signal.SIGINT,))
            self._status = 128 + signal.SIGINT
            signal.pthread_kill(main_thread, signal.SIGTERM)

    def _limit_cleanup(self) -> None:
        """Wait for a signal; Python calls its handler late, or never, while the main thread runs C code."""
        while (number := os.read(self._arrived, 1)[0]) not in (signal.SIGINT, signal.SIGTERM):
            pass
        threading.Event().wait(CLEANUP_TIMEOUT)
        self._status = self._status or 128 + number
        self._end()

    def _end_if_stopped(self, error: sys.UnraisableHookArgs) -> None:
        """End the process if Stopped was raised where Python ignores exceptions, such as in a destructor."""
        if isinstance(error.exc_value, Stopped):
            self._end()
        sys.__unraisablehook__(error)

    def _end(self) -> None:
        """Print the message, and end this process and its children at once, without Python's shutdown."""
        message, self._message = self._message, None
        if message:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
            with suppress(OSError):
                os.write(2, f"{SHOW_CURSOR if os.isatty(2) else ''}{message}\n".encode())
        for descriptor in [*self._children, *_children()]:
            with suppress(OSError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os._exit(self._status if self._stopped_status is None else self._stopped_status)


_signals: _Signals | None = None  # of the command that runs


def _is_importing(frame: FrameType | None) -> bool:
    """Return whether an import is under way: an exception within that of a C extension can crash the process."""
    while frame:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def _children() -> Iterator[int]:
    """Yield a process descriptor of each child and descendant."""
    for process in _descendants(os.getpid()):
        with suppress(OSError):
            yield os.pidfd_open(process)


def _descendants(process: int) -> Iterator[int]:
    """Yield the ids of a process's children and their children; none where there is no /proc."""
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            for child in file.read_text().split():
                yield int(child)
                yield from _descendants(int(child))


def with_default(arguments: Sequence[str], commands: Container[str], default: str) -> list[str]:
    """Put the default command first if the arguments start with no command and ask for no help."""
    named = arguments and (arguments[0] in commands or arguments[0] in ("-h", "--help"))
    return [*arguments] if named else [default, *arguments]


def site_url(text: str) -> str:
    """Parse an argument that is the URL of a site, and return it without a final slash."""
    if not re.fullmatch(r"https?://[^/\s]+(/\S*)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a URL: give https://HOST or http://HOST:PORT")
    return text.rstrip("/")


def output_file(text: str) -> Path:
    """Parse an argument that is a file to write after minutes of work: its folder must exist and be writable."""
    path = Path(text)
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text} cannot be written: give a file in an existing folder")
    return path


def positive(text: str) -> int:
    """Parse an argument that is a whole number of at least 1, as the type of an argparse argument."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)
