"""Start and stop of a measured server."""

import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from benchmarks.cores import cores, on_core
from benchmarks.environments import NO_TELEMETRY
from benchmarks.errors import BenchmarkError, last_line
from benchmarks.resident_memory import tree
from tests.support.site import free_port
from tests.support.template import ROOT

START_TIMEOUT = 60  # seconds until the first response; TensorFlow takes five
POLL_INTERVAL = 0.01  # seconds; part of the measured time until a server is ready
NOT_READY = (0, HTTPStatus.SERVICE_UNAVAILABLE)  # BentoML listens before its service is loaded
STOP_TIMEOUT = 10  # seconds from SIGTERM to SIGKILL


@dataclass(frozen=True)
class Server:
    """Command and settings of a server."""

    name: str
    title: str
    path: str  # of its prediction route
    command: tuple[str | Path, ...]  # with {port} where the port goes
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Running:
    """A server that responds."""

    server: Server
    port: int
    process: subprocess.Popen[bytes]
    ready: float  # seconds from the start of its process to its first response


@contextmanager
def running(server: Server, body: bytes, log: Path) -> Iterator[Running]:
    """Run a server on one core until the block ends. Raise BenchmarkError where it does not start."""
    port, start = free_port(), time.perf_counter()
    command = [str(part).format(port=port) for part in server.command]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "functions"), **NO_TELEMETRY, **server.environment}
    environment.pop("VIRTUAL_ENV", None)
    with log.open("wb") as output, on_core(cores()[0]):
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        check(first_response(server, port, body, process, log))
        yield Running(server, port, process, time.perf_counter() - start)
    finally:
        stop(process)


def first_response(server: Server, port: int, body: bytes, process: subprocess.Popen[bytes], log: Path) -> bytes:
    """Poll until the server returns 200. Raise BenchmarkError when it exits, fails or exceeds START_TIMEOUT."""
    end = time.monotonic() + START_TIMEOUT
    while time.monotonic() < end and process.poll() is None:
        status, content = send(port, server.path, body)
        if status == HTTPStatus.OK:
            return content
        if status not in NOT_READY:
            raise BenchmarkError(f"It returned {status}: {last_line(content.decode(errors='replace'))}")
        time.sleep(POLL_INTERVAL)
    ended = f"It did not respond in {START_TIMEOUT} s" if process.poll() is None else f"It ended with {process.poll()}"
    raise BenchmarkError(f"{ended}: {last_line(log.read_text(errors='replace'))}")


def send(port: int, path: str, body: bytes) -> tuple[int, bytes]:
    """Return the status and body of one response; status 0 where the connection fails."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_TIMEOUT)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def check(content: bytes) -> None:
    """Raise BenchmarkError unless the prediction is 7."""
    if json.loads(content).get("digit") != 7:
        raise BenchmarkError(f"It does not classify the drawn seven as 7: {content.decode()}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a server and all of its descendants, some of which have their own sessions."""
    # By pidfd: the pid of a process that exits may be reused.
    started = [os.pidfd_open(pid) for pid in tree(process.pid)] if process.poll() is None else []
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for descriptor in started:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os.close(descriptor)
