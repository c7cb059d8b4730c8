"""Stop of serve.py by Ctrl-C in a terminal and by SIGTERM: one line, exit status 0, soon."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server.command import SHUTDOWN_TIMEOUT
from tests.support.make import MAKE
from tests.support.require import require
from tests.support.site import ROOT, SERVE, free_port, wait_for
from tests.support.terminal import CTRL_C, ESCAPE, MAX_SECONDS, Terminal, terminal

pytestmark = pytest.mark.slow

TIMEOUT = 60  # seconds until a server that does not stop is killed
MAX_IDLE_SECONDS = 1  # without a request in progress


@contextmanager
def start(*command: str, port: int) -> Iterator[Terminal]:
    require(shutil.which("setsid") is not None, "There is no setsid (util-linux)", "apt-get install util-linux")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    with terminal(*command, folder=ROOT, environment=environment | {"PORT": str(port)}) as opened:
        yield opened


def stop(opened: Terminal, how: str) -> tuple[list[str], float]:
    """Stop the command. Return the printed lines, without the address and ^C, and the seconds until the end."""
    start = time.monotonic()
    if how == "Ctrl-C":
        opened.press(CTRL_C)
    else:
        opened.process.terminate()
    printed = ESCAPE.sub("", opened.read(TIMEOUT)).replace("\r", "").replace("^C", "").splitlines()
    opened.process.wait(TIMEOUT)
    return [line for line in printed if not line.startswith("Draw a digit at")], time.monotonic() - start


OPTIONS = [(), ("--workers", "2"), ("--reload",)]
WAYS = ["Ctrl-C", "SIGTERM"]


@pytest.mark.serial
@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(options) or "one process")
def test_idle_server_stops_with_one_line(options: tuple[str, ...], how: str) -> None:
    port = free_port()
    with start(sys.executable, str(SERVE), *options, port=port) as opened:
        wait_for(f"http://127.0.0.1:{port}", opened.process)
        lines, seconds = stop(opened, how)
        assert (lines, opened.process.returncode) == (["Stopped."], 0)
        assert seconds < (MAX_IDLE_SECONDS if options == () else MAX_SECONDS)


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(options) or "one process")
@pytest.mark.parametrize(("delay", "how"), [(0, "Ctrl-C"), (0.05, "SIGTERM"), (0.5, "Ctrl-C"), (1.2, "Ctrl-C")])
def test_starting_server_stops_with_one_line(options: tuple[str, ...], how: str, delay: float) -> None:
    with start(sys.executable, str(SERVE), *options, port=free_port()) as opened:
        opened.wait_for_handler()
        time.sleep(delay)
        lines, seconds = stop(opened, how)
        assert (lines, opened.process.returncode) == (["Stopped."], 0)
        assert seconds < MAX_SECONDS


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(options) or "one process")
def test_request_in_progress_delays_the_stop_by_the_timeout_at_most(options: tuple[str, ...]) -> None:
    port = free_port()
    with start(sys.executable, str(SERVE), *options, port=port) as opened:
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
    with start(*command, port=port) as opened:
        wait_for(f"http://127.0.0.1:{port}", opened.process)
        lines, seconds = stop(opened, "Ctrl-C")
        assert lines == ["Stopped."]
        assert seconds < MAX_SECONDS
