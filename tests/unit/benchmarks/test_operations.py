"""Tables and sections of the operations page: current figures, and a section for every alarm."""

import re
from typing import Any

import pytest

from benchmarks import operations
from benchmarks.aws.prices import TABLE
from benchmarks.markdown import BLOCK
from benchmarks.operations import ALARM, DASHBOARD, PAGE_FILE, current, resources_of_type

TEXT = PAGE_FILE.read_text()


def cells(table: str) -> dict[str, str]:
    """Return the figure of each row by its name."""
    _, _, *lines = (line.replace("*", "").strip("| ").split(" | ") for line in table.splitlines())
    return {name: figure for name, figure in lines}


def test_tables_are_current() -> None:
    assert current(TEXT) == TEXT, f"{PAGE_FILE.name} is stale: run .venv/bin/python -m benchmarks operations"


def test_page_has_markers_of_every_table() -> None:
    assert BLOCK.findall(TEXT) == ["cost", "size", "idle", "load", "caps"]


def test_higher_price_changes_its_row_and_the_total(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cells(operations.cost())
    monkeypatch.setitem(TABLE["prices"], "http api", TABLE["prices"]["http api"] | {"usd": 101.0})
    after = cells(operations.cost())
    changed = {part: float(after[part]) - float(before[part]) for part in after if after[part] != before[part]}
    assert changed == {"HTTP API": 100, "total": pytest.approx(100)}


def test_idle_cost_has_alarms_and_dashboards(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = [{"MetricStat": {}}, {"MetricStat": {}}, {"Expression": "a / b"}]
    resources: dict[str, dict[str, Any]] = {ALARM: {"One": {}, "Two": {"Metrics": metrics}}, DASHBOARD: {"Three": {}}}
    monkeypatch.setattr(operations, "resources_of_type", lambda name: resources.get(name, {}))
    monkeypatch.setattr(operations, "price", lambda name: {"alarm": 0.1, "dashboard": 3.0}.get(name, 0.0))
    table = cells(operations.idle())
    assert table["alarms: 2, of 3 metrics"] == "0.30"
    assert (table["dashboards: 1"], table["total"]) == ("3.00", "3.30")


def test_every_alarm_has_a_section() -> None:
    headings = set(re.findall(r"^### (\w+)$", TEXT, re.MULTILINE))
    assert set(resources_of_type(ALARM)) <= headings


def test_links_to_sections_resolve() -> None:
    headings = {heading.lower().replace(",", "").replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", TEXT, re.M)}
    assert set(re.findall(r"\]\(#([\w-]+)\)", TEXT)) <= headings
