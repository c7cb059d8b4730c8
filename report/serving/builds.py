"""Builds, baselines and servers that the benchmark compares."""

from benchmarks.schema import Benchmark, Build, Ratio, Server, Side

SIDES: tuple[Side, ...] = ("28", "280")
RATIOS: tuple[Ratio, ...] = ("ours / fastapi", "ours / bare", "ours / common")
LABELS: dict[Build, str] = {
    "common": "reference app",
    "common, one thread": "… one thread",
    "ours": "this app",
    "fastapi": "FastAPI baseline",
    "bare": "bare baseline",
    "empty": "empty handler",
    "session.run": "onnxruntime only",
}


def servers_by_rate(benchmark: Benchmark, side: Side) -> list[Server]:
    """Return the servers that were measured with PNGs of one size, the fastest first."""
    measured = [server for server in benchmark["http"] if "fault" not in server and str(server["side"]) == side]
    return sorted(measured, key=lambda server: -server["requests_per_second"]["median"])


def measured_sides(benchmark: Benchmark) -> list[Side]:
    return [side for side in SIDES if servers_by_rate(benchmark, side)]
