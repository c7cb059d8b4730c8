"""`python -m benchmarks`: options, printed tables and written files."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks import command as command
from benchmarks import machine
from benchmarks.aws import scale
from benchmarks.tables import tables

SPREAD = {"n": 3, "median": 0.25, "low": 0.2, "high": 0.3, "p99": 0.4}
MEASURED: dict[str, Any] = {
    "cold_start": {"ours": SPREAD, "ours / bare": SPREAD | {"median": 1.25}},
    "measures": {"bytecode": {"without": SPREAD | {"median": 0.987}, "saved": SPREAD, "without / ours": SPREAD}},
    "warm": {"28": {"ours": SPREAD}, "decode": {"pillow / bare": SPREAD}},
    "http": [
        {
            "server": "ours",
            "title": "serve.py",
            "side": 28,
            "connections": 8,
            "requests_per_second": SPREAD | {"median": 1234.5},
            "p50": 0.0012,
            "p99": 0.0034,
            "errors": 0,
            "ready": 0.5,
            "resident": 90_000_000,
            "client_busy": 0.3,
        },
        {"server": "bentoml", "title": "BentoML 1", "fault": "It cannot be installed: no network"},
    ],
    "artifact": {"x86_64": {"files": 10, "unzipped": 100_000_000, "zipped": 30_000_000}, "arm64": {"fault": "no uv"}},
    "memory": {"requests": [10, 1000], "resident": [80_000_000, 81_000_000]},
}
TIMES = {
    "warm": {"28": {"ours": {"median": 0.001}}},
    "cold_start": {"ours": {"median": 0.5}},
    "init": {"median": 0.4},
}


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Path of the report, with fixed figures instead of measured ones."""
    monkeypatch.setattr(command, "REPORT", tmp_path / "benchmark.json")
    monkeypatch.setattr(command, "measure", lambda *how: MEASURED)
    monkeypatch.setattr(command, "write_report", lambda: (tmp_path / "report.html").touch())
    return tmp_path / "benchmark.json"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])
    command.main()


def test_full_benchmark_writes_figures_and_report(report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch)
    assert json.loads(report.read_text()) == MEASURED
    assert report.with_name("report.html").exists()


@pytest.mark.parametrize("arguments", [["--quick"], ["--only", "cold,warm"]])
def test_partial_benchmark_does_not_change_the_report(
    arguments: list[str], report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, *arguments)
    assert not list(tmp_path.iterdir())
    run(monkeypatch, *arguments, "--out", str(tmp_path / "trial.json"))
    assert [path.name for path in tmp_path.iterdir()] == ["trial.json"]
    assert json.loads((tmp_path / "trial.json").read_text()) == MEASURED


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--runs", "none"], "'none' is not a whole number of at least 1"),
        (["--only", "cold,tea"], "there is no part tea"),
    ],
)
def test_invalid_option_is_named(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command.parse(arguments)
    assert message in capsys.readouterr().err


def test_tables_show_figures_and_errors() -> None:
    console = Console(width=120, file=io.StringIO(), record=True)
    for table in tables(MEASURED):
        console.print(table)
    text = console.export_text()
    for figure in ("250 ms", "1.25 x", "987 ms", "1234.5", "3.4", "30.0 MB", "81.0 MB", "no uv"):
        assert figure in text
    assert "BentoML 1 was not measured. It cannot be installed: no network" in text


def test_cost_and_scale_are_derived_from_times(monkeypatch: pytest.MonkeyPatch) -> None:
    quickest = scale.cases()[:1]
    monkeypatch.setattr(scale, "cases", lambda: quickest)
    derived = command.derived(TIMES)
    assert set(derived) == {"cost", "scale"}
    assert len(command.derived_tables(TIMES | derived)) == 2


def test_nothing_is_derived_without_times() -> None:
    only = {"memory": MEASURED["memory"]}
    assert command.derived(only) == {}
    assert command.derived_tables(only) == []


def test_machine_has_processor_and_versions() -> None:
    assert machine.describe()["cores"] >= 1
    assert machine.processor()
    assert set(machine.OURS) <= set(machine.versions())
