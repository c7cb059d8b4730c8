"""Command in a pseudo-terminal of its own, which Ctrl-C interrupts."""

import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

CTRL_C = b"\x03"
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
MAX_SECONDS = 3  # from the signal to the end


class Terminal:
    """A command, and what it has printed so far."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self.process = process
        self.output = bytearray()
        self._descriptor = descriptor
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def press(self, keys: bytes) -> None:
        os.write(self._descriptor, keys)

    def wait_for_handler(self) -> None:
        """Return when the command has a handler of SIGTERM, or has ended. Python itself starts without one."""
        while self.process.poll() is None:
            with suppress(FileNotFoundError):
                status = Path(f"/proc/{self.process.pid}/status").read_text()
                if int(status.partition("SigCgt:")[2].split()[0], 16) & 1 << signal.SIGTERM - 1:
                    return
            time.sleep(0.005)

    def read(self, timeout: float) -> str:
        """Return what is printed until every process has closed the terminal. timeout: in seconds"""
        self._reader.join(timeout)
        return self.output.decode(errors="replace")

    def _read(self) -> None:
        with suppress(OSError):  # EIO: no process has the terminal open
            while data := os.read(self._descriptor, 1 << 16):
                self.output += data


@contextmanager
def terminal(*command: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Start a command in a folder. At the end it is killed, if it still runs."""
    controller, device = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", *command], cwd=folder, env=environment, stdin=device, stdout=device, stderr=device
    )
    os.close(device)
    opened = Terminal(process, controller)
    try:
        yield opened
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        opened.read(1)
        os.close(controller)
