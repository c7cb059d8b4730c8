"""Stop of serve.py by Ctrl-C in a terminal and by SIGTERM: one line, exit status 0, soon."""

import fcntl
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.command import SHUTDOWN_TIMEOUT
from tests.support.interrupt.terminal import CTRL_C, ESCAPE, MAX_SECONDS
from tests.support.make import MAKE
from tests.support.site import ROOT, SERVE, free_port, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.serial]

MAX_IDLE_SECONDS = 1  # without a request in progress


@dataclass
class Terminal:
    """A command with a terminal of its own."""

    process: subprocess.Popen[bytes]
    descriptor: int

    def press(self, keys: bytes) -> None:
        os.write(self.descriptor, keys)

    def read(self) -> str:
        """Return what the command prints until it ends."""
        printed = b""
        with suppress(OSError):  # EIO: no process has the terminal open
            while data := os.read(self.descriptor, 1 << 16):
                printed += data
        self.process.wait(timeout=60)
        return printed.decode()


@contextmanager
def terminal(*command: str, port: int) -> Iterator[Terminal]:
    controller, device = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")} | {"PORT": str(port)},
        stdin=device,
        stdout=device,
        stderr=device,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # the controlling terminal, for Ctrl-C
    )
    os.close(device)
    try:
        yield Terminal(process, controller)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(controller)


def stop(opened: Terminal, how: str) -> tuple[list[str], float]:
    """Stop the command. Return the printed lines, without the address and ^C, and the seconds until the end."""
    start = time.monotonic()
    if how == "Ctrl-C":
        opened.press(CTRL_C)
    else:
        opened.process.terminate()
    printed = ESCAPE.sub("", opened.read()).replace("\r", "").replace("^C", "").splitlines()
    return [line for line in printed if not line.startswith("Draw a digit at")], time.monotonic() - start


OPTIONS = [(), ("--workers", "2"), ("--reload",)]
WAYS = ["Ctrl-C", "SIGTERM"]


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(options) or "one process")
def test_idle_server_stops_with_one_line(options: tuple[str, ...], how: str) -> None:
    port = free_port()
    with terminal(sys.executable, str(SERVE), *options, port=port) as opened:
        wait_for(f"http://127.0.0.1:{port}", opened.process)
        lines, seconds = stop(opened, how)
        assert (lines, opened.process.returncode) == (["Stopped."], 0)
        assert seconds < (MAX_IDLE_SECONDS if options == () else MAX_SECONDS) * allowance()


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(options) or "one process")
@pytest.mark.parametrize(("delay", "how"), [(0, "Ctrl-C"), (0.05, "SIGTERM"), (0.5, "Ctrl-C"), (1.2, "Ctrl-C")])
def test_starting_server_stops_with_one_line(options: tuple[str, ...], how: str, delay: float) -> None:
    with terminal(sys.executable, str(SERVE), *options, port=free_port()) as opened:
        wait_for_handler(opened.process.pid)
        time.sleep(delay)
        lines, seconds = stop(opened, how)
        assert (lines, opened.process.returncode) == (["Stopped."], 0)
        assert seconds < MAX_SECONDS * allowance()


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(options) or "one process")
def test_request_in_progress_delays_the_stop_by_the_timeout_at_most(options: tuple[str, ...]) -> None:
    port = free_port()
    with terminal(sys.executable, str(SERVE), *options, port=port) as opened:
        wait_for(f"http://127.0.0.1:{port}", opened.process)
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"POST /api/compare HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
            time.sleep(0.2)  # until it is read
            lines, seconds = stop(opened, "Ctrl-C")
        assert opened.process.returncode == 0
        assert "Stopped." in lines
        assert not [line for line in lines if "Traceback" in line]
        assert seconds < SHUTDOWN_TIMEOUT + MAX_SECONDS


@pytest.mark.parametrize("variables", [(), ("RELOAD=1",)], ids=["run", "run RELOAD=1"])
def test_make_run_prints_nothing_more(variables: tuple[str, ...]) -> None:
    port = free_port()
    command = (MAKE, "--no-print-directory", "-o", ".venv/serve", "run", f"PORT={port}", *variables)
    with terminal(*command, port=port) as opened:
        wait_for(f"http://127.0.0.1:{port}", opened.process)
        lines, seconds = stop(opened, "Ctrl-C")
        assert lines == ["Stopped."]
        assert seconds < MAX_SECONDS * allowance()


def wait_for_handler(pid: int) -> None:
    """Return when the process handles SIGTERM, with its first lines; Python itself starts without a handler."""
    status, caught = Path(f"/proc/{pid}/status"), 0
    while not caught & 1 << signal.SIGTERM - 1:
        time.sleep(0.005)
        caught = int(status.read_text().partition("SigCgt:")[2].split()[0], 16)


def allowance() -> float:
    """Return a factor for the time limits: the load of the machine by core, at least 1."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
