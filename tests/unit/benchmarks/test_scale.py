import json
import math
import sys
from pathlib import Path

import pytest
from scipy.special import pdtr, pdtrc

from benchmarks.aws import cost, scale
from benchmarks.aws.quotas import GIVEN, Bucket, Quotas
from benchmarks.aws.sandboxes import Sandboxes
from benchmarks.aws.simulation import KEEP_ALIVE, Load, simulate
from tests.unit.benchmarks.test_cost import COLD, WARM, measured

__all__ = ["measured"]  # a fixture

BOUNDLESS = Quotas(10**9, 1e9)
STEADY = Load(1_000, 60, 0.005, 0.5, waiting=100, quotas=BOUNDLESS)


def erlang_b(servers: int, offered: float) -> float:
    """The share of calls that find all servers busy, by Erlang's recursion."""
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked


def test_littles_law() -> None:
    found = simulate(STEADY)
    assert found["busy"]["mean"] == pytest.approx(STEADY.rate * STEADY.warm, rel=0.01)
    assert found["cold"] == found["throttled"] == 0


def test_busy_sandboxes_are_poisson_distributed() -> None:
    found = simulate(STEADY)
    offered = STEADY.rate * STEADY.warm
    assert pdtr(found["busy"]["p99"] - 1, offered) < 0.99 <= pdtr(found["busy"]["p99"], offered)


@pytest.mark.parametrize(("servers", "offered"), [(3, 2.0), (30, 25.0)])
def test_requests_beyond_the_concurrency_are_refused_as_erlang_says(servers: int, offered: float) -> None:
    steps = 32
    found = simulate(Load(offered, 80_000 / offered, 1, 1, servers, Quotas(servers, 1e9), steps))
    met = offered * (1 - 1 / (2 * steps))  # half a step is not seen
    assert found["throttled"] == pytest.approx(erlang_b(servers, met), rel=0.05)
    assert found["by"]["concurrency"] == found["throttled"]


def test_a_twin_is_the_same() -> None:
    assert simulate(STEADY, seed=1) == simulate(STEADY, seed=1) != simulate(STEADY, seed=2)


def test_from_nothing_all_that_come_before_the_first_is_ready_start_one() -> None:
    found = simulate(Load(1_000, 5, 0.001, 0.4))
    assert found["cold"] == pytest.approx(1_000 * 0.4, rel=0.15)
    assert found["sandboxes"] == found["cold"]
    assert found["cold_share"] == found["cold"] / found["answered"]
    assert found["wait"] == {"p50": 0, "p99": pytest.approx(0.399), "p99.9": pytest.approx(0.399)}
    assert found["throttled"] == found["until"] == 0


def test_new_sandboxes_come_at_the_scaling_rate() -> None:
    found = simulate(Load(2_000, 4, 0.01, 100, quotas=BOUNDLESS))
    assert found["cold"] == pytest.approx(1_000 + 4 * 100, abs=2)
    assert found["by"]["scaling rate"] == found["throttled"] > 0.5
    assert found["until"] == pytest.approx(4, abs=0.1)


def test_the_api_lets_a_burst_and_then_its_rate_through() -> None:
    found = simulate(Load(100_000, 2, 0.001, 0.001))
    assert found["answered"] == pytest.approx(GIVEN.burst + 2 * GIVEN.api, rel=0.01)
    assert max(found["by"], key=found["by"].get) == "HTTP API"


def test_an_old_overload_has_used_up_the_burst() -> None:
    found = simulate(Load(100_000, 2, 0.001, 0.001, waiting=20))
    assert found["answered"] == pytest.approx(2 * GIVEN.api, rel=0.01)


def test_ten_requests_a_second_for_each_unit_of_concurrency() -> None:
    found = simulate(Load(1_000, 20, 0.001, 0.001, waiting=50, quotas=Quotas(50, 1e9)))
    beyond = 1 - (500 * 20 + 10_000) / 20_000  # the bucket holds 10,000
    assert found["by"]["requests a second"] == pytest.approx(beyond, abs=0.02)


def test_lambda_lets_10000_more_requests_a_second_in_every_10_seconds() -> None:
    found = simulate(Load(30_000, 25, 0.002, 0.002, quotas=Quotas(100_000, 1e9)))
    assert found["until"] == pytest.approx(20, abs=1)
    assert found["by"]["requests a second"] > 0.2


def test_a_bucket_fills_to_its_depth() -> None:
    bucket = Bucket(rate=2, depth=5)
    assert [bucket.take(step, wanted) for step, wanted in ((0, 9), (1, 9), (1, 9), (100, 9), (101, 0))] == [
        5,
        2,
        0,
        5,
        0,
    ]
    assert Bucket(rate=2, depth=5, saved=False).take(0, 1) == 0


def test_a_sandbox_that_waits_too_long_ends_and_the_used_ones_stay() -> None:
    sandboxes = Sandboxes(warm=1, cold=2, keep=600)
    sandboxes.start(0, 3)
    sandboxes.settle(2)
    for step in range(2, 1_300, 5):
        sandboxes.settle(step)
        assert sandboxes.answer(step, 1) == 1
        if step < 590:
            assert sandboxes.answer(step, 0) == 0
    sandboxes.settle(1_300)
    assert sandboxes.answer(1_300, 3) == 1
    assert sandboxes.most == 3


def test_a_steady_load_keeps_what_it_uses_once_in_a_keep_alive() -> None:
    for rate, warm in ((0.5, 0.001), (10, 0.001), (1_000, 0.001), (100_000, 0.001)):
        count = scale.kept(rate, warm)
        used = [rate * KEEP_ALIVE * float(pdtrc(busy - 1, rate * warm)) for busy in (count - 1, count)]
        assert used[1] <= 1
        assert count == 1 or used[0] > 1


def test_quotas_are_raised_where_the_given_ones_are_too_low() -> None:
    assert [(rate, name) for rate, name, _ in scale.cases()] == [
        (10, "default"),
        (1_000, "default"),
        (100_000, "default"),
        (100_000, "raised"),
    ]
    raised = scale.cases()[-1][2]
    assert min(raised.api, raised.requests) > 100_000


def test_money_is_that_of_the_requests_that_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "RATES", (20, 20_000))
    monkeypatch.setattr(scale, "START", 2)
    monkeypatch.setattr(scale, "STEADY", 2)
    told: list[int] = []
    table = json.loads(json.dumps(scale.table(WARM, COLD, lambda: told.append(1))))
    low, refused, raised = table["rows"]
    assert len(told) == 3
    hourly = low["steady"]["answered"] / low["steady"]["seconds"] * 3_600 / 1e6
    assert low["usd_hour"]["function"] == pytest.approx(hourly * cost.function(WARM, COLD, cost.DEFAULT, 0))
    assert low["usd_month"]["http_api"] == pytest.approx(20 * 3_600 * 730 / 1e6)
    assert refused["usd_hour"]["http_api"] == pytest.approx(raised["usd_hour"]["http_api"] / 2, rel=0.02)
    assert table["memory"] == cost.DEFAULT
    assert math.isclose(table["warm"], cost.seconds(WARM, cost.DEFAULT))


def test_the_command_prints_every_case(
    measured: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(scale, "RATES", (10, 20_000))
    monkeypatch.setattr(scale, "START", 0.5)
    monkeypatch.setattr(scale, "STEADY", 0.5)
    monkeypatch.setattr(sys, "argv", ["scale", "--json", str(measured)])
    monkeypatch.setenv("COLUMNS", "200")
    scale.main()
    printed = capsys.readouterr().out
    assert sum("start," in line or "steady," in line for line in printed.splitlines()) == 6
    assert "Assumed:" in printed
