"""HTTP throughput and latency of each server on one core."""

import json
import random
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from rich.progress import track

from benchmarks.cores import cores, on_core
from benchmarks.errors import BenchmarkError
from benchmarks.function.variants import seven_event
from benchmarks.http.servers import Running, Server, running
from benchmarks.programs import PYTHON
from benchmarks.resident_memory import resident, tree
from benchmarks.spread import spread
from tests.support.template import ROOT

LOADS = ((28, 8), (280, 32))  # side of the drawing in pixels, connections
WARM_UP = 0.5  # seconds of the same load that are not counted


@dataclass
class Observed:
    """Results of one server under one load, over all rounds."""

    title: str
    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    ready: list[float] = field(default_factory=list)
    resident: list[int] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    def add(self, result: dict[str, Any], ready: float, resident: int) -> None:
        self.rates.append(len(result["seconds"]) / result["wall"])
        self.seconds += result["seconds"]
        self.errors += result["errors"]
        self.ready.append(ready)
        self.resident.append(resident)
        self.busy.append(result["busy"])

    def summary(self) -> dict[str, Any]:
        p50, p99 = (float(second) for second in np.quantile(self.seconds or [0], (0.5, 0.99)))
        return {
            "title": self.title,
            "requests_per_second": spread(self.rates),
            "p50": p50,
            "p99": p99,
            "errors": self.errors,
            "ready": median(self.ready),
            "resident": int(median(self.resident)),
            "client_busy": max(self.busy),
        }


def measure(factories: dict[str, Callable[[], Server]], rounds: int, seconds: float) -> list[dict[str, Any]]:
    """Start each server once a round, in shuffled order, and measure it under each load. Errors are results."""
    servers, errors = prepare(factories)
    observed: dict[tuple[str, int, int], Observed] = {}
    with tempfile.TemporaryDirectory() as folder, on_core(cores()[1]):
        for _ in track(range(rounds), "HTTP"):
            for server in random.sample(servers, len(servers)):
                if server.name in errors:
                    continue
                try:
                    _round(server, observed, seconds, Path(folder))
                except BenchmarkError as error:
                    errors[server.name] = {"server": server.name, "title": server.title, "fault": str(error)}
    results = [
        {"server": name, "side": side, "connections": connections} | seen.summary()
        for (name, side, connections), seen in observed.items()
        if name not in errors
    ]
    order = list(factories)
    return sorted([*results, *errors.values()], key=lambda result: order.index(result["server"]))


def prepare(factories: dict[str, Callable[[], Server]]) -> tuple[list[Server], dict[str, dict[str, str]]]:
    """Install every server. Return those that can be started, and the errors of the others."""
    servers, errors = [], {}
    for name, factory in track(factories.items(), "install"):
        try:
            servers.append(factory())
        except BenchmarkError as error:
            errors[name] = {"server": name, "title": name, "fault": str(error)}
    return servers, errors


def _round(server: Server, observed: dict[tuple[str, int, int], Observed], seconds: float, folder: Path) -> None:
    bodies = {side: folder / f"{side}.json" for side, _ in LOADS}
    for side, body in bodies.items():
        body.write_text(seven_event(side)["body"])
    with running(server, bodies[LOADS[0][0]].read_bytes(), folder / "log") as up:
        for side, connections in LOADS:
            run_load(up, bodies[side], connections, WARM_UP)
            result = run_load(up, bodies[side], connections, seconds)
            seen = observed.setdefault((server.name, side, connections), Observed(server.title))
            seen.add(result, up.ready, resident(tree(up.process.pid)))


def run_load(up: Running, body: Path, connections: int, seconds: float) -> dict[str, Any]:
    """Load a server from the other core. Raise BenchmarkError when no request succeeds."""
    command = [PYTHON, "-m", "benchmarks.http.load", up.port, up.server.path, body, connections, seconds]
    with on_core(cores()[1]):
        client = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True)
    if client.returncode:
        raise BenchmarkError(f"The load generator failed: {client.stderr.strip().splitlines()[-1]}")
    result: dict[str, Any] = json.loads(client.stdout)
    if not result["seconds"]:
        raise BenchmarkError(f"None of {result['errors']} requests succeeded under load")
    return result
