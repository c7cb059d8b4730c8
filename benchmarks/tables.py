"""Terminal tables of benchmark.json."""

from collections.abc import Callable, Iterator
from typing import Any

from rich.table import Table

from benchmarks.schema import Memory, Spread

MILLISECOND, MEGABYTE = 1e-3, 1e6


def tables(measured: dict[str, Any]) -> Iterator[Table]:
    """Yield one table for each measured part."""
    for part, (draw, title) in PARTS.items():
        if part in measured:
            table = Table(title=title, title_justify="left", caption_justify="left")
            draw(table, measured[part])
            yield table


def _cold_start(table: Table, starts: dict[str, Spread]) -> None:
    _columns(table, "function", "n", "median", "quartiles", "p99")
    for name, spread in starts.items():
        table.add_row(name, *_cells(name, spread, 0))


def _optimizations(table: Table, optimizations: dict[str, dict[str, Spread]]) -> None:
    _columns(table, "optimization", "n", "without it", "saved", "quartiles", "without / ours")
    for name, spreads in optimizations.items():
        count, without, *_ = _cells(name, spreads["without"], 0)
        _, saved, middle, _ = _cells(name, spreads["saved"], 0)
        table.add_row(name, count, without, saved, middle, f"{spreads['without / ours']['median']:.2f} x")


def _warm(table: Table, parts: dict[str, dict[str, Spread]]) -> None:
    _columns(table, "picture", "function", "n", "median", "quartiles", "p99")
    for part, spreads in parts.items():
        for name, spread in spreads.items():
            table.add_row(f"{part}x{part}" if part.isdecimal() else part, name, *_cells(name, spread, 2))
        table.add_section()


def _http(table: Table, results: list[dict[str, Any]]) -> None:
    _columns(table, "server", "picture", "clients", "requests/s", "p50 ms", "p99 ms", "errors", "ready s", "MB")
    for result in results:
        if "fault" not in result:
            table.add_row(
                result["title"],
                f"{result['side']}x{result['side']}",
                str(result["connections"]),
                f"{result['requests_per_second']['median']:.1f}",
                f"{result['p50'] / MILLISECOND:.1f}",
                f"{result['p99'] / MILLISECOND:.1f}",
                str(result["errors"]),
                f"{result['ready']:.1f}",
                f"{result['resident'] / MEGABYTE:.0f}",
            )
    errors = [f"{result['title']} was not measured. {result['fault']}" for result in results if "fault" in result]
    table.caption = "\n".join(errors) or None


def _artifact(table: Table, artifacts: dict[str, dict[str, Any]]) -> None:
    _columns(table, "architecture", "files", "unzipped", "zipped")
    for architecture, size in artifacts.items():
        if "fault" in size:
            table.add_row(architecture, size["fault"])
        else:
            megabytes = (f"{size[kind] / MEGABYTE:.1f} MB" for kind in ("unzipped", "zipped"))
            table.add_row(architecture, f"{size['files']:,}", *megabytes)


def _memory(table: Table, memory: Memory) -> None:
    _columns(table, "after requests", "resident")
    for requests, held in zip(memory["requests"], memory["resident"], strict=True):
        table.add_row(f"{requests:,}", f"{held / MEGABYTE:.1f} MB")


def _columns(table: Table, first: str, *others: str) -> None:
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")


def _cells(name: str, spread: Spread, digits: int) -> list[str]:
    """Return the cells of count, median, quartiles and 99th percentile: times in milliseconds, ratios without unit."""
    if "/" in name:
        median, low, high, p99 = (f"{spread[key]:.2f}" for key in ("median", "low", "high", "p99"))
        return [str(spread["n"]), f"{median} x", f"{low} to {high}", f"{p99} x"]
    median, low, high, p99 = (f"{spread[key] / MILLISECOND:.{digits}f}" for key in ("median", "low", "high", "p99"))
    return [str(spread["n"]), f"{median} ms", f"{low} to {high}", f"{p99} ms"]


PARTS: dict[str, tuple[Callable[[Table, Any], None], str]] = {
    "cold_start": (_cold_start, "Cold start in the Lambda emulator, from its start to the first response, on one core"),
    "measures": (_optimizations, "Cold start saved by each start-up optimization: the artifact with and without it"),
    "warm": (_warm, "Warm latency in process, on one core"),
    "http": (_http, "HTTP: server on one core, clients on another"),
    "artifact": (_artifact, "Build artifact"),
    "memory": (_memory, "Resident memory of the function in the emulator"),
}
