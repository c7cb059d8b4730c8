import json
import math
import sys
from pathlib import Path

import pytest

from benchmarks import command
from benchmarks.aws import cost, scale
from benchmarks.aws.quotas import DEFAULT_QUOTAS, Quotas, TokenBucket
from benchmarks.aws.sandboxes import Sandboxes
from benchmarks.aws.simulation import KEEP_ALIVE, Load, simulate
from tests.unit.benchmarks.test_cost import TIMES, WARM, measured

__all__ = ["measured"]  # a fixture

UNLIMITED = Quotas(10**9, 1e9)
STEADY = Load(1_000, 60, 0.005, 0.5, waiting=100, quotas=UNLIMITED)


def erlang_b(servers: int, offered: float) -> float:
    """Return the blocking probability by Erlang's recursion."""
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked


def test_littles_law() -> None:
    result = simulate(STEADY)
    assert result["busy"]["mean"] == pytest.approx(STEADY.rate * STEADY.warm, rel=0.01)
    assert result["cold"] == result["throttled"] == 0


def test_busy_sandboxes_are_poisson_distributed() -> None:
    from scipy.special import pdtr

    result = simulate(STEADY)
    offered = STEADY.rate * STEADY.warm
    assert pdtr(result["busy"]["p99"] - 1, offered) < 0.99 <= pdtr(result["busy"]["p99"], offered)


@pytest.mark.slow
@pytest.mark.parametrize(("servers", "offered"), [(3, 2.0), (30, 25.0)])
def test_throttling_at_the_concurrency_limit_matches_erlang_b(servers: int, offered: float) -> None:
    steps = 32
    result = simulate(Load(offered, 80_000 / offered, 1, 1, servers, Quotas(servers, 1e9), steps))
    met = offered * (1 - 1 / (2 * steps))  # half a step is below the resolution
    assert result["throttled"] == pytest.approx(erlang_b(servers, met), rel=0.05)
    assert result["by"]["concurrency"] == result["throttled"]


@pytest.mark.slow
def test_same_seed_gives_same_result() -> None:
    assert simulate(STEADY, seed=1) == simulate(STEADY, seed=1) != simulate(STEADY, seed=2)


def test_requests_before_the_first_warm_sandbox_are_cold() -> None:
    result = simulate(Load(1_000, 5, 0.001, 0.4))
    assert result["cold"] == pytest.approx(1_000 * 0.4, rel=0.15)
    assert result["sandboxes"] == result["cold"]
    assert result["cold_share"] == result["cold"] / result["answered"]
    assert result["wait"] == {"p50": 0, "p99": pytest.approx(0.399), "p99.9": pytest.approx(0.399)}
    assert result["throttled"] == result["until"] == 0


def test_new_sandboxes_are_limited_by_the_scaling_rate() -> None:
    result = simulate(Load(2_000, 4, 0.01, 100, quotas=UNLIMITED))
    assert result["cold"] == pytest.approx(1_000 + 4 * 100, abs=2)
    assert result["by"]["scaling rate"] == result["throttled"] > 0.5
    assert result["until"] == pytest.approx(4, abs=0.1)


def test_http_api_admits_burst_then_rate() -> None:
    result = simulate(Load(100_000, 2, 0.001, 0.001))
    assert result["answered"] == pytest.approx(DEFAULT_QUOTAS.burst + 2 * DEFAULT_QUOTAS.api, rel=0.01)
    assert max(result["by"], key=result["by"].get) == "HTTP API"


def test_steady_overload_has_no_burst() -> None:
    result = simulate(Load(100_000, 2, 0.001, 0.001, waiting=20))
    assert result["answered"] == pytest.approx(2 * DEFAULT_QUOTAS.api, rel=0.01)


def test_concurrency_limits_requests_to_ten_a_second_each() -> None:
    result = simulate(Load(1_000, 20, 0.001, 0.001, waiting=50, quotas=Quotas(50, 1e9)))
    beyond = 1 - (500 * 20 + 10_000) / 20_000  # the bucket holds 10,000
    assert result["by"]["requests a second"] == pytest.approx(beyond, abs=0.02)


@pytest.mark.slow
def test_request_rate_scales_by_10000_every_10_seconds() -> None:
    result = simulate(Load(30_000, 25, 0.002, 0.002, quotas=Quotas(100_000, 1e9)))
    assert result["until"] == pytest.approx(20, abs=1)
    assert result["by"]["requests a second"] > 0.2


def test_token_bucket_fills_to_its_depth() -> None:
    bucket = TokenBucket(rate=2, depth=5)
    assert [bucket.take(step, wanted) for step, wanted in ((0, 9), (1, 9), (1, 9), (100, 9), (101, 0))] == [
        5,
        2,
        0,
        5,
        0,
    ]
    assert TokenBucket(rate=2, depth=5, full=False).take(0, 1) == 0


def test_idle_sandbox_ends_after_the_keep_alive() -> None:
    sandboxes = Sandboxes(warm=1, cold=2, keep_alive=600)
    sandboxes.start(0, 3)
    sandboxes.settle(2)
    for step in range(2, 1_300, 5):
        sandboxes.settle(step)
        assert sandboxes.serve(step, 1) == 1
        if step < 590:
            assert sandboxes.serve(step, 0) == 0
    sandboxes.settle(1_300)
    assert sandboxes.serve(1_300, 3) == 1
    assert sandboxes.most == 3


def test_steady_sandboxes_are_used_once_in_a_keep_alive() -> None:
    from scipy.special import pdtrc

    for rate, warm in ((0.5, 0.001), (10, 0.001), (1_000, 0.001), (100_000, 0.001)):
        count = scale.steady_sandboxes(rate, warm)
        used = [rate * KEEP_ALIVE * float(pdtrc(busy - 1, rate * warm)) for busy in (count - 1, count)]
        assert used[1] <= 1
        assert count == 1 or used[0] > 1


def test_quotas_are_raised_where_the_default_is_too_low() -> None:
    assert [(rate, name) for rate, name, _ in scale.cases()] == [
        (10, "default"),
        (1_000, "default"),
        (100_000, "default"),
        (100_000, "raised"),
    ]
    raised = scale.cases()[-1][2]
    assert min(raised.api, raised.requests) > 100_000


@pytest.mark.slow
def test_cost_is_that_of_handled_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "RATES", (20, 20_000))
    monkeypatch.setattr(scale, "START", 2)
    monkeypatch.setattr(scale, "STEADY", 2)
    progress: list[int] = []
    table = json.loads(json.dumps(scale.table(TIMES, lambda: progress.append(1))))
    low, throttled, raised = table["rows"]
    assert len(progress) == 3
    hourly = low["steady"]["answered"] / low["steady"]["seconds"] * 3_600 / 1e6
    assert low["usd_hour"]["function"] == pytest.approx(hourly * cost.lambda_usd(TIMES, cost.DEFAULT_MEMORY, 0))
    assert low["usd_month"]["http_api"] == pytest.approx(20 * 3_600 * 730 / 1e6)
    assert throttled["usd_hour"]["http_api"] == pytest.approx(raised["usd_hour"]["http_api"] / 2, rel=0.02)
    assert table["memory"] == cost.DEFAULT_MEMORY
    assert math.isclose(table["warm"], cost.seconds(WARM, cost.DEFAULT_MEMORY))


def test_command_prints_every_case(
    measured: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(scale, "RATES", (10, 20_000))
    monkeypatch.setattr(scale, "START", 0.5)
    monkeypatch.setattr(scale, "STEADY", 0.5)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "scale", "--json", str(measured)])
    monkeypatch.setenv("COLUMNS", "200")
    command.main()
    printed = capsys.readouterr().out
    assert sum("start of" in line or "steady of" in line for line in printed.splitlines()) == 6
    assert "Assumptions:" in printed
