"""Markdown tables of docs/benchmarks.md, by marker."""

from benchmarks.schema import Benchmark
from report.formatting import duration, milliseconds
from report.markdown import markdown
from report.serving.builds import LABELS, SIDES, servers_by_rate
from report.serving.captions import framework


def tables(benchmark: Benchmark) -> dict[str, str]:
    """Make the tables of cold starts, start-up measures, warm latency and HTTP throughput, and two sentences."""
    return {
        "machine": _machine(benchmark),
        "framework": f"{framework(benchmark)}\n",
        "cold-start": _cold_start(benchmark),
        "measures": _measures(benchmark),
        "warm": _warm(benchmark),
        "http": _http(benchmark),
    }


def _machine(benchmark: Benchmark) -> str:
    """Describe when and where the benchmark was run."""
    machine = benchmark["machine"]
    return (
        f"Measured on {benchmark['measured']} with Python {machine['python']} on {machine['cores']} cores of: "
        f"{machine['processor']}.\n"
    )


def _cold_start(benchmark: Benchmark) -> str:
    starts = benchmark["cold_start"]
    rows = [[label, milliseconds(starts[name]["median"])] for name, label in LABELS.items() if name in starts]
    return markdown(["function", "cold start"], rows)


def _measures(benchmark: Benchmark) -> str:
    by_saved = sorted(benchmark["measures"].items(), key=lambda item: -item[1]["saved"]["median"])
    return markdown(
        ["measure", "saves"], [[name, milliseconds(measure["saved"]["median"])] for name, measure in by_saved]
    )


def _warm(benchmark: Benchmark) -> str:
    sides = [benchmark["warm"][side] for side in SIDES]
    rows = [
        [label, *(duration(side[name]["median"]) for side in sides)]
        for name, label in LABELS.items()
        if all(name in side for side in sides)
    ]
    return markdown(["function", *(f"{side}x{side}" for side in SIDES)], rows)


def _http(benchmark: Benchmark) -> str:
    rows = [
        [server["title"], f"{server['requests_per_second']['median']:,.0f}", milliseconds(server["p99"])]
        for server in servers_by_rate(benchmark, "28")
    ]
    return markdown(["server", "requests a second", "p99"], rows)
