"""Terminal tables of the soak test."""

from collections.abc import Callable, Iterator
from typing import Any

from rich.markup import escape
from rich.table import Table

from benchmarks.tables import MEGABYTE, MILLISECOND

NOTES: dict[str, Callable[[Any], str]] = {
    "requests_per_second": lambda rate: f"{rate:.0f} requests/s",
    "growth": lambda growth: f"{growth / MEGABYTE:+.2f} MB since the warm-up",
    "kills": lambda kills: f"{kills} kills",
    "in_flight": lambda count: f"{count} connections to killed workers",
    "stray": lambda count: f"{count} others lost",
    "cold_start": lambda spread: f"median of a cold start {spread['median'] / MILLISECOND:.0f} ms",
}


def tables(results: dict[str, dict[str, Any]]) -> Iterator[Table]:
    """Yield one table of requests, and one of single faults."""
    requests = Table("part", title="Requests", title_justify="left")
    for name in ("requests", "correct", "wrong", "lost", "p50 ms", "p99 ms"):
        requests.add_column(name, justify="right")
    requests.add_column("notes")
    for part, figures in results.items():
        if "requests" in figures:
            counts = (f"{figures[name]:,}" for name in ("requests", "correct", "wrong", "lost"))
            times = (f"{figures[name] / MILLISECOND:.1f}" for name in ("p50", "p99"))
            notes = (note(figures[name]) for name, note in NOTES.items() if name in figures)
            requests.add_row(part, *counts, *times, ", ".join(notes))
    if requests.row_count:
        yield requests
    if "faults" in results:
        faults = Table("fault", "outcome", title="Single faults", title_justify="left")
        for fault, outcome in results["faults"]["faults"].items():
            faults.add_row(escape(fault), outcome)
        yield faults
