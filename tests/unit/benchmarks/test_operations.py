"""docs/deploy.md holds the figures of the prices, the benchmark and the template, and speaks of every alarm."""

import re
from typing import Any

import pytest

from benchmarks import operations
from benchmarks.aws.prices import TABLE
from benchmarks.operations import ALARM, DASHBOARD, PAGE_FILE, current, kind

TEXT = PAGE_FILE.read_text()


def cells(table: str) -> dict[str, str]:
    """Each row's figure by the name of the row."""
    _, _, *lines = (line.replace("*", "").strip("| ").split(" | ") for line in table.splitlines())
    return {name: figure for name, figure in lines}


def test_the_tables_are_current() -> None:
    assert current(TEXT) == TEXT, "docs/deploy.md is stale: run .venv/bin/python -m benchmarks.operations"


def test_every_table_has_its_place() -> None:
    assert operations.BLOCK.findall(TEXT) == ["cost", "size", "idle", "load", "caps"]


def test_a_dearer_part_and_the_sum_with_it_show(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cells(operations.cost())
    monkeypatch.setitem(TABLE["prices"], "http api", TABLE["prices"]["http api"] | {"usd": 101.0})
    after = cells(operations.cost())
    changed = {part: float(after[part]) - float(before[part]) for part in after if after[part] != before[part]}
    assert changed == {"HTTP API": 100, "together": pytest.approx(100)}


def test_what_watches_is_charged_while_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = [{"MetricStat": {}}, {"MetricStat": {}}, {"Expression": "a / b"}]
    found: dict[str, dict[str, Any]] = {ALARM: {"One": {}, "Two": {"Metrics": metrics}}, DASHBOARD: {"Three": {}}}
    monkeypatch.setattr(operations, "kind", lambda name: found.get(name, {}))
    monkeypatch.setattr(operations, "price", lambda name: {"alarm": 0.1, "dashboard": 3.0}.get(name, 0.0))
    table = cells(operations.idle())
    assert table["alarms: 2, which watch 3 metrics"] == "0.30"
    assert (table["dashboards: 1"], table["together"]) == ("3.00", "3.30")


def test_every_alarm_has_what_to_do() -> None:
    headings = set(re.findall(r"^### (\w+)$", TEXT, re.MULTILINE))
    assert set(kind(ALARM)) <= headings


def test_every_section_that_is_named_is_there() -> None:
    headings = {heading.lower().replace(",", "").replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", TEXT, re.M)}
    assert set(re.findall(r"\]\(#([\w-]+)\)", TEXT)) <= headings
