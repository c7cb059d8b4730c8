import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import command
from benchmarks.aws import cost, prices
from benchmarks.aws.prices import limit, price
from command_line import CommandError

WARM, COLD, INIT = 0.00046, 0.45, 0.4  # seconds on one whole core
TIMES = cost.Times(WARM, INIT, COLD - INIT)
MEASURED = {
    "warm": {"28": {"ours": {"median": WARM}}},
    "cold_start": {"ours": {"median": COLD}},
    "init": {"median": INIT},
}


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    path = tmp_path / "benchmark.json"
    path.write_text(json.dumps(MEASURED))
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "cost", *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "200")
    command.main()


def test_every_price_and_limit_has_source_and_date() -> None:
    for entry in (*prices.TABLE["prices"].values(), *prices.TABLE["limits"].values()):
        assert re.fullmatch(r"https://(docs\.)?aws\.amazon\.com/\S+", entry["source"])
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", entry["read"])
        assert entry["unit"]
    assert prices.read() <= max(entry["read"] for entry in prices.TABLE["prices"].values())


def test_time_is_inversely_proportional_to_memory_up_to_one_core() -> None:
    core = limit("memory of one core")
    assert cost.seconds(WARM, core) == WARM
    assert cost.seconds(WARM, core / 4) == pytest.approx(4 * WARM)
    assert cost.seconds(WARM, 4 * core) == WARM


def test_initialization_has_a_whole_core_with_any_memory() -> None:
    assert TIMES.cold_at(limit("memory of one core")) == pytest.approx(COLD)
    assert TIMES.cold_at(limit("memory of one core") / 4) == pytest.approx(INIT + 4 * (COLD - INIT))


def test_billed_time_is_rounded_up_to_milliseconds() -> None:
    assert [round(cost.billed(time), 6) for time in (0.0004, 0.001, 0.00101, 0.45)] == [0.001, 0.001, 0.002, 0.45]


def test_cost_of_a_million_warm_requests() -> None:
    gigabyte_seconds = 1_000_000 * 0.001
    expected = price("lambda requests") + gigabyte_seconds * price("lambda x86_64")
    assert cost.lambda_usd(TIMES, 1024, 0) == pytest.approx(expected)
    assert cost.lambda_usd(TIMES, 1024, 0, "arm64") < expected


def test_cold_starts_are_billed() -> None:
    every = cost.lambda_usd(TIMES, 1769, 1) - price("lambda requests")
    assert every == pytest.approx(1_000_000 * COLD * 1769 / 1024 * price("lambda x86_64"))
    half = cost.lambda_usd(TIMES, 1769, 0.5)
    assert half == pytest.approx((cost.lambda_usd(TIMES, 1769, 0) + cost.lambda_usd(TIMES, 1769, 1)) / 2)


def test_cheapest_memory_is_minimum_of_cost() -> None:
    best = cost.cheapest_memory(TIMES, 0.01)
    usd = {memory: cost.lambda_usd(TIMES, memory, 0.01) for memory in range(cost.MIN_MEMORY, 1770)}
    assert usd[best] == pytest.approx(min(usd.values()))
    assert all(usd[memory] > usd[best] for memory in usd if memory > best)


def test_min_memory_meets_latency_target() -> None:
    memory = cost.min_memory(WARM, 0.001)
    assert memory is not None
    assert cost.seconds(WARM, memory) <= 0.001 < cost.seconds(WARM, memory - 1)
    assert cost.min_memory(WARM, 1) == cost.MIN_MEMORY
    assert cost.min_memory(0.002, 0.001) is None


def test_too_small_memory_is_marked_as_unusable() -> None:
    table = json.loads(json.dumps(cost.table(TIMES)))
    assert [(row["architecture"], row["memory"]) for row in table["rows"]] == [
        (architecture, memory) for architecture in ("x86_64", "arm64") for memory in (128, 256, 512, 1024, 1769)
    ]
    for row in table["rows"]:
        assert (row["unusable"] is not None) == (row["memory"] < cost.MIN_MEMORY)
        assert row["usd"] == sorted(row["usd"])
        assert len(row["usd"]) == len(table["shares"])


def test_command_prints_cost_of_given_cold_share(
    measured: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "--json", measured, "--cold-share", 0.25)
    printed = capsys.readouterr().out
    assert f"{cost.lambda_usd(TIMES, 512, 0.25):.3f}" in printed
    assert f"Less than {cost.MIN_MEMORY} MB" in printed
    assert "within 1 ms needs" in printed


@pytest.mark.parametrize(
    ("content", "message"), [(None, "run make bench"), ("{", "is not a file"), ('{"warm": 1}', "is not a file")]
)
def test_invalid_file_exits_with_message(
    content: str | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "some.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CommandError, match=message):
        run(monkeypatch, "--json", path)


@pytest.mark.parametrize("share", ["-0.1", "1.5", "x"])
def test_cold_share_outside_0_to_1_is_rejected(share: str, measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(monkeypatch, "--json", measured, "--cold-share", share)


@pytest.mark.skipif(not cost.MEASURED.is_file(), reason="benchmark.json is missing: make bench")
def test_committed_costs_match_prices() -> None:
    committed: dict[str, Any] = json.loads(cost.MEASURED.read_text())["cost"]
    now = json.loads(json.dumps(cost.table(cost.read_times(cost.MEASURED))))
    stale = "the costs are stale: run make bench"
    assert {name: committed[name] for name in ("read", "shares", "http_api", "requests")} == {
        name: now[name] for name in ("read", "shares", "http_api", "requests")
    }, stale
    for before, row in zip(committed["rows"], now["rows"], strict=True):
        assert before["usd"] == pytest.approx(row["usd"], rel=1e-3), stale
