"""`python -m tests.support.soak`: tables, files and exit status."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks.spread import spread
from tests.support.soak import command, faults
from tests.support.soak.memory import GROWTH, with_growth
from tests.support.soak.table import tables

FIGURES = {"requests": 4000, "correct": 4000, "wrong": 0, "lost": 0, "p50": 0.0125, "p99": 0.1, "failures": []}
RESULTS: dict[str, Any] = {
    "load": FIGURES | {"requests_per_second": 1234.5, "growth": 250_000},
    "workers": FIGURES | {"kills": 2, "in_flight": 50, "stray": 0},
    "cold": FIGURES | {"cold_start": spread([0.25])},
    "faults": {"faults": {"a disk is full[really]": "passed"}, "failures": []},
}


def run(monkeypatch: pytest.MonkeyPatch, results: dict[str, Any], *arguments: str) -> object:
    """Run the command with given results. Return its exit code."""
    monkeypatch.setattr(sys, "argv", ["soak", *arguments])
    monkeypatch.setattr(
        command, "soak", lambda effort, chosen: {part: results[part] for part in chosen if part in results}
    )
    with pytest.raises(SystemExit) as ended:
        command.main()
    return ended.value.code


def test_success_writes_results_and_exits_with_0(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert run(monkeypatch, RESULTS, "--out", str(tmp_path / "soak.json"), "--only", "load,cold") == 0
    assert json.loads((tmp_path / "soak.json").read_text()) == {part: RESULTS[part] for part in ("load", "cold")}


def test_failure_is_printed_and_exits_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = RESULTS | {"cold": FIGURES | {"cold_start": spread([1]), "failures": ["wrong: a", "lost: b"]}}
    assert run(monkeypatch, broken) == "cold: wrong: a\ncold: lost: b"


def test_unknown_part_is_rejected(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, RESULTS, "--only", "load,storm") == 2
    assert "there is no part storm; choose of load,workers,events,cold,faults" in capsys.readouterr().err


def test_tables_show_every_part() -> None:
    console = Console(file=io.StringIO(), width=200)
    console.print(*tables(RESULTS))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    for expected in ("4,000", "12.5", "1234 requests/s, +0.25 MB", "2 kills, 50 connections", "250 ms", "full[really]"):
        assert expected in text


@pytest.mark.parametrize(("held", "failures"), [([9, 5, 9 + GROWTH, 7], 0), ([9, 5, 10 + GROWTH, 7], 1)])
def test_memory_growth_is_a_failure(held: list[int], failures: int) -> None:
    assert len(with_growth(FIGURES, held)["failures"]) == failures


def test_failed_fault_test_is_a_failure(tmp_path: Path) -> None:
    test = tmp_path / "test_broken.py"
    test.write_text("def test_it_passes(): pass\ndef test_it_is_broken(): assert 0\n")
    results = faults.measure([test])
    assert results["faults"] == {"it passes": "passed", "it is broken": "failure"}
    assert results["failures"] == ["failure: it is broken"]
