"""What was measured comes in, part by part; the tables that a person reads go out."""

from collections.abc import Callable, Iterator
from typing import Any

from rich.markup import escape
from rich.table import Table

from benchmarks.tables import MEGABYTE, MILLISECOND

NOTES: dict[str, Callable[[Any], str]] = {
    "requests_per_second": lambda rate: f"{rate:.0f} requests/s",
    "growth": lambda growth: f"{growth / MEGABYTE:+.2f} MB since the warm-up",
    "kills": lambda kills: f"{kills} kills",
    "in_flight": lambda count: f"{count} connections to what was killed",
    "stray": lambda count: f"{count} others lost",
    "cold_start": lambda spread: f"median of a cold start {spread['median'] / MILLISECOND:.0f} ms",
}


def tables(shown: dict[str, dict[str, Any]]) -> Iterator[Table]:
    """One table of requests, and one of single faults."""
    asked = Table("part", title="Requests", title_justify="left")
    for name in ("requests", "right", "wrong", "lost", "p50 ms", "p99 ms"):
        asked.add_column(name, justify="right")
    asked.add_column("beside")
    for part, figures in shown.items():
        if "requests" in figures:
            counts = (f"{figures[name]:,}" for name in ("requests", "right", "wrong", "lost"))
            times = (f"{figures[name] / MILLISECOND:.1f}" for name in ("p50", "p99"))
            notes = (note(figures[name]) for name, note in NOTES.items() if name in figures)
            asked.add_row(part, *counts, *times, ", ".join(notes))
    if asked.row_count:
        yield asked
    if "faults" in shown:
        faults = Table("fault", "outcome", title="Single faults", title_justify="left")
        for fault, outcome in shown["faults"]["faults"].items():
            faults.add_row(escape(fault), outcome)
        yield faults
