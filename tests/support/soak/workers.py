"""Cases come in; what is lost when worker processes of serve.py are killed under load goes out."""

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
from tests.support.soak.clients import ask
from tests.support.soak.load import server
from tests.support.soak.tally import SHOWN, Tally

WORKERS = 2
PATIENCE = 20  # seconds for another worker to be there
PROC = Path("/proc")


def measure(cases: list[Case], clients: int, kills: int, pause: float) -> dict[str, Any]:
    """Kill the worker with the most clients, over and over, `pause` seconds after the last one was replaced.

    A request may be lost if it was with a worker when that was killed, and no other: each is told by its connection.
    """
    strikes: list[tuple[int, set[int]]] = [(0, set())]  # what was lost before it, and the ports of the victim's clients
    with server("--workers", str(WORKERS)) as up:

        async def strike(tally: Tally) -> None:
            for _ in track(range(kills), "kill -9 workers"):
                await asyncio.sleep(pause)
                victim = max(workers(up.process.pid), key=lambda pid: len(clients_of(pid)))
                strikes.append((len(tally.lost), kill(victim)))
                end = time.monotonic() + PATIENCE
                while len(workers(up.process.pid)) < WORKERS and time.monotonic() < end:
                    await asyncio.sleep(0.05)
            await asyncio.sleep(pause)

        tally = ask(up.port, cases, clients, strike)
        left = workers(up.process.pid)
    stray = [
        what
        for (start, ports), (end, _) in pairwise([*strikes, (len(tally.lost), set())])
        for what in beyond(tally.lost[start:end], ports)
    ]
    missing = [] if len(left) == WORKERS else [f"{len(left)} of {WORKERS} workers are left"]
    failures = [*tally.wrong[:SHOWN], *stray[:SHOWN], *missing]
    in_flight = sum(len(ports) for _, ports in strikes)
    return {**tally.summary(), "kills": kills, "in_flight": in_flight, "stray": len(stray), "failures": failures}


def beyond(lost: list[tuple[int, str]], ports: set[int]) -> list[str]:
    """What was lost, without one request for each of the ports."""
    allowed, stray = set(ports), []
    for port, what in lost:
        if port in allowed:
            allowed.remove(port)
        else:
            stray.append(what)
    return stray


def workers(supervisor: int) -> list[int]:
    """The processes that answer: the supervisor has another child, which keeps count of what they share."""
    return [pid for pid in children(supervisor) if b"spawn_main" in command(pid)]


def command(pid: int) -> bytes:
    """What a process was started with; nothing if it has ended."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def kill(pid: int) -> set[int]:
    """Kill a process at once. Returns its clients' ports: it is stopped before they are read, and takes no others."""
    os.kill(pid, signal.SIGSTOP)
    while (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "T":
        pass
    ports = clients_of(pid)
    os.kill(pid, signal.SIGKILL)
    while command(pid):
        pass
    return ports


def clients_of(pid: int) -> set[int]:
    """The ports at the other end of a process's connections."""
    own = set()
    for descriptor in (PROC / str(pid) / "fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            own.add(os.readlink(descriptor))
    rows = [line.split() for line in (PROC / "net" / "tcp").read_text().splitlines()[1:]]
    ends = {f"socket:[{row[9]}]": int(row[2].partition(":")[2], 16) for row in rows}
    return {ends[name] for name in own & ends.keys()} - {0}  # 0: the socket that listens
