"""Load test of serve.py while its worker processes are killed."""

import asyncio
import os
import signal
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.progress import track

from benchmarks.resident_memory import children
from tests.support.soak.cases import Case
from tests.support.soak.clients import run_clients
from tests.support.soak.load import server
from tests.support.soak.tally import MAX_FAILURES, Tally

WORKERS = 2
RESTART_TIMEOUT = 20  # seconds until a worker is replaced
PROC = Path("/proc")


def measure(cases: list[Case], clients: int, kills: int, pause: float) -> dict[str, Any]:
    """Kill the worker with the most clients `kills` times, `pause` seconds after each replacement.

    Only requests on connections to the killed worker may be lost.
    """
    killed: list[tuple[int, set[int]]] = [(0, set())]  # requests lost before, and the client ports of the worker
    with server("--workers", str(WORKERS)) as up:

        async def kill_workers(tally: Tally) -> None:
            for _ in track(range(kills), "kill -9 workers"):
                await asyncio.sleep(pause)
                victim = max(workers(up.process.pid), key=lambda pid: len(clients_of(pid)))
                killed.append((len(tally.lost), kill(victim)))
                end = time.monotonic() + RESTART_TIMEOUT
                while len(workers(up.process.pid)) < WORKERS and time.monotonic() < end:
                    await asyncio.sleep(0.05)
            await asyncio.sleep(pause)

        tally = run_clients(up.port, cases, clients, kill_workers)
        left = workers(up.process.pid)
    stray = [
        what
        for (start, ports), (end, _) in pairwise([*killed, (len(tally.lost), set())])
        for what in unexpected_losses(tally.lost[start:end], ports)
    ]
    missing = [] if len(left) == WORKERS else [f"{len(left)} of {WORKERS} workers are left"]
    failures = [*tally.wrong[:MAX_FAILURES], *stray[:MAX_FAILURES], *missing]
    in_flight = sum(len(ports) for _, ports in killed)
    return {**tally.summary(), "kills": kills, "in_flight": in_flight, "stray": len(stray), "failures": failures}


def unexpected_losses(lost: list[tuple[int, str]], ports: set[int]) -> list[str]:
    """Return the lost requests, except one for each of the ports."""
    allowed, stray = set(ports), []
    for port, what in lost:
        if port in allowed:
            allowed.remove(port)
        else:
            stray.append(what)
    return stray


def workers(supervisor: int) -> list[int]:
    """Return the worker processes; the supervisor has another child, multiprocessing's resource tracker."""
    return [pid for pid in children(supervisor) if b"spawn_main" in command(pid)]


def command(pid: int) -> bytes:
    """Return the command line of a process; empty if it has exited."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def kill(pid: int) -> set[int]:
    """Kill a process. Return its client ports, which are read while it is stopped."""
    os.kill(pid, signal.SIGSTOP)
    while (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "T":
        pass
    ports = clients_of(pid)
    os.kill(pid, signal.SIGKILL)
    while command(pid):
        pass
    return ports


def clients_of(pid: int) -> set[int]:
    """Return the remote ports of a process's connections."""
    own = set()
    for descriptor in (PROC / str(pid) / "fd").iterdir():
        with suppress(FileNotFoundError):  # closed in the meantime
            own.add(os.readlink(descriptor))
    rows = [line.split() for line in (PROC / "net" / "tcp").read_text().splitlines()[1:]]
    ends = {f"socket:[{row[9]}]": int(row[2].partition(":")[2], 16) for row in rows}
    return {ends[name] for name in own & ends.keys()} - {0}  # 0: the listening socket
