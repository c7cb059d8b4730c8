"""Start and stop of the servers that are measured."""

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
from benchmarks.errors import Fault, last_line
from benchmarks.resident_memory import tree
from tests.support.site import free_port
from tests.support.template import ROOT

PATIENCE = 60  # seconds for the first answer; TensorFlow takes five
PAUSE = 0.01  # seconds between two attempts to reach a server that is starting; it is in the time until it is ready
NOT_YET = (0, HTTPStatus.SERVICE_UNAVAILABLE)  # BentoML listens before its service is made
FAREWELL = 10  # seconds to stop before it is made to


@dataclass(frozen=True)
class Server:
    """How one server is started."""

    name: str
    title: str
    path: str  # of its prediction route
    command: tuple[str | Path, ...]  # with {port} where the port goes
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    server: Server
    port: int
    process: subprocess.Popen[bytes]
    ready: float  # seconds from the start of its process to its first answer


@contextmanager
def running(server: Server, body: bytes, log: Path) -> Iterator[Running]:
    """Start a server, with all of its processes on one core, until the block ends. Raises Fault, with its reason."""
    port, start = free_port(), time.perf_counter()
    command = [str(part).format(port=port) for part in server.command]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "functions"), **NO_TELEMETRY, **server.environment}
    environment.pop("VIRTUAL_ENV", None)
    with log.open("wb") as output, on_core(cores()[0]):
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        check(first_answer(server, port, body, process, log))
        yield Running(server, port, process, time.perf_counter() - start)
    finally:
        stop(process)


def first_answer(server: Server, port: int, body: bytes, process: subprocess.Popen[bytes], log: Path) -> bytes:
    """Ask until the server answers. Raises Fault when it ends, answers with an error or does not answer in PATIENCE."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        status, answer = ask(port, server.path, body)
        if status == HTTPStatus.OK:
            return answer
        if status not in NOT_YET:
            raise Fault(f"It answers {status}: {last_line(answer.decode(errors='replace'))}")
        time.sleep(PAUSE)
    ended = f"It did not answer in {PATIENCE} s" if process.poll() is None else f"It ended with {process.poll()}"
    raise Fault(f"{ended}: {last_line(log.read_text(errors='replace'))}")


def ask(port: int, path: str, body: bytes) -> tuple[int, bytes]:
    """The status and body of one answer; status 0 where nothing listens or the connection is cut."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def check(answer: bytes) -> None:
    """Raise Fault unless the drawn seven is a seven."""
    if json.loads(answer).get("digit") != 7:
        raise Fault(f"It does not see the drawn seven: {answer.decode()}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and every process that it started, some of which lead sessions of their own."""
    # Not by number: that of a process which ends by itself may be another's by then.
    started = [os.pidfd_open(pid) for pid in tree(process.pid)] if process.poll() is None else []
    process.terminate()
    try:
        process.wait(FAREWELL)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for descriptor in started:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os.close(descriptor)
