"""Start of a command: Ctrl-C, SIGTERM and expected errors end it with one line and the right exit status.

It needs only the standard library, and no new syntax: it also reports a wrong Python version and missing packages.
"""

import errno
import os
import signal
import sys
import threading
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

PYTHON = (3, 13)
CLEANUP_TIMEOUT = 2  # seconds from the signal to the end of the process, whatever the main thread does
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
    signals = _Signals(message, stopped_status)
    try:
        main = import_module(module).main
        signals.importing = False
        main()
        sys.stdout.flush()
    except Stopped:
        signals.print_message()
        sys.exit(signals.exit_status)
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


class _Signals:
    """Handlers of SIGINT and SIGTERM that raise Stopped in the main thread, and end the process if it does not end."""

    def __init__(self, message: str, stopped_status: int | None) -> None:
        self.importing = True  # an exception within the import of a C extension can crash the process
        self.status = 0  # 128 and the number of the signal
        self._stopped_status = stopped_status
        self._message: str | None = message
        self._arrived, wakeup = os.pipe()
        os.set_blocking(wakeup, False)
        signal.set_wakeup_fd(wakeup)
        threading.Thread(target=self._watch, daemon=True).start()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    @property
    def exit_status(self) -> int:
        return self.status if self._stopped_status is None else self._stopped_status

    def print_message(self) -> None:
        message, self._message = self._message, None
        if message:
            with suppress(OSError):
                os.write(2, f"{message}\n".encode())

    def _handle(self, number: int, frame: object) -> None:
        again, self.status = bool(self.status), 128 + number
        if self.importing or again:
            self._kill()
        raise Stopped

    def _watch(self) -> None:
        """Wait for a signal; Python calls its handler late, or never, while the main thread runs C code."""
        while (number := os.read(self._arrived, 1)[0]) not in (signal.SIGINT, signal.SIGTERM):
            pass
        threading.Event().wait(CLEANUP_TIMEOUT)
        self.status = 128 + number
        self._kill()

    def _kill(self) -> None:
        """End this process and its children at once."""
        self.print_message()
        for child in [*_descendants(os.getpid())]:
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
        os._exit(self.exit_status)


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
