"""The command: what it prints and writes, and that it ends with 1 where something was wrong."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks.spread import spread
from tests.support.soak import __main__ as command
from tests.support.soak import faults
from tests.support.soak.memory import GROWTH, judged
from tests.support.soak.table import tables

FIGURES = {"requests": 4000, "right": 4000, "wrong": 0, "lost": 0, "p50": 0.0125, "p99": 0.1, "failures": []}
SHOWN: dict[str, Any] = {
    "load": FIGURES | {"requests_per_second": 1234.5, "growth": 250_000},
    "workers": FIGURES | {"kills": 2, "in_flight": 50, "stray": 0},
    "cold": FIGURES | {"cold_start": spread([0.25])},
    "faults": {"faults": {"a disk is full[really]": "held"}, "failures": []},
}


def run(monkeypatch: pytest.MonkeyPatch, shown: dict[str, Any], *arguments: str) -> object:
    """Run the command with made-up figures, and return what it ends with."""
    monkeypatch.setattr(sys, "argv", ["soak", *arguments])
    monkeypatch.setattr(command, "soak", lambda effort, chosen: {part: shown[part] for part in chosen if part in shown})
    with pytest.raises(SystemExit) as ended:
        command.main()
    return ended.value.code


def test_a_soak_without_failures_writes_its_figures_and_ends_with_0(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run(monkeypatch, SHOWN, "--out", str(tmp_path / "soak.json"), "--only", "load,cold") == 0
    assert json.loads((tmp_path / "soak.json").read_text()) == {part: SHOWN[part] for part in ("load", "cold")}


def test_a_failure_is_told_and_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = SHOWN | {"cold": FIGURES | {"cold_start": spread([1]), "failures": ["wrong: a", "lost: b"]}}
    assert run(monkeypatch, broken) == "cold: wrong: a\ncold: lost: b"


def test_an_unknown_part_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, SHOWN, "--only", "load,storm") == 2
    assert "there is no part storm; choose of load,workers,events,cold,faults" in capsys.readouterr().err


def test_the_tables_show_every_part() -> None:
    console = Console(file=io.StringIO(), width=200)
    console.print(*tables(SHOWN))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    for text in ("4,000", "12.5", "1234 requests/s, +0.25 MB", "2 kills, 50 connections", "250 ms", "full[really]"):
        assert text in shown


@pytest.mark.parametrize(("held", "failures"), [([9, 5, 9 + GROWTH, 7], 0), ([9, 5, 10 + GROWTH, 7], 1)])
def test_memory_may_not_grow_at_any_time(held: list[int], failures: int) -> None:
    assert len(judged(FIGURES, held)["failures"]) == failures


def test_a_fault_that_does_not_hold_is_a_failure(tmp_path: Path) -> None:
    test = tmp_path / "test_broken.py"
    test.write_text("def test_it_holds(): pass\ndef test_it_is_broken(): assert 0\n")
    shown = faults.measure([test])
    assert shown["faults"] == {"it holds": "held", "it is broken": "failure"}
    assert shown["failures"] == ["failure: it is broken"]
