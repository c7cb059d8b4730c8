"""Sandboxes, cold starts, throttling and cost at 10, 1,000 and 100,000 requests a second.

`python -m benchmarks scale` simulates them from the times of a benchmark.json and the limits of AWS Lambda and of
the HTTP API, and prints the assumptions.
"""

import argparse
import math
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.aws.cost import DEFAULT_MEMORY, MILLISECOND, Times, add_file_argument, lambda_usd, read_times
from benchmarks.aws.prices import MILLION, limit, price
from benchmarks.aws.quotas import DEFAULT_QUOTAS, LIMITS, Quotas
from benchmarks.aws.simulation import KEEP_ALIVE, Load, simulate
from results_console import print_results

RATES = (10, 1_000, 100_000)  # requests a second
START = 100.0  # seconds simulated from no sandbox: after 90, Lambda's scaling rate admits 100,000 a second
STEADY = 600.0  # seconds simulated of the steady state, at most
MAX_REQUESTS = 300_000  # simulated of the steady state
HOUR, MONTH = 3_600, 730  # seconds; hours
HEADROOM = 1.2  # ratio of raised quotas to the load
ASSUMPTIONS = (
    "arrivals are a Poisson process; every request and every cold start takes the median time; a request that finds no "
    "idle sandbox starts one and waits for it; the sandbox that was used last is used next; one that is idle for "
    f"{KEEP_ALIVE / 60:g} minutes ends; the API charges for the requests that it admits, Lambda for those that it "
    "handles, both at the prices of the first tier"
)

type Json = dict[str, Any]


def steady_sandboxes(rate: float, warm: float) -> int:
    """Return the number of sandboxes in the steady state: one more would be used less than once in KEEP_ALIVE.

    With Poisson arrivals and mean load rate x warm (M/G/infinity), the k-th is used when k - 1 are busy.
    """
    from scipy.special import pdtrc  # takes half a second

    count = 1
    while rate * KEEP_ALIVE * float(pdtrc(count - 1, rate * warm)) > 1:  # P(count or more are busy)
        count += 1
    return count


def cases() -> list[tuple[int, str, Quotas]]:
    """Return each rate with the default quotas, and with raised ones where these are not enough."""
    result = []
    for rate in RATES:
        result.append((rate, "default", DEFAULT_QUOTAS))
        if rate > min(DEFAULT_QUOTAS.api, DEFAULT_QUOTAS.requests):
            more = rate * HEADROOM
            result.append((rate, "raised", Quotas(math.ceil(more / limit("requests per environment")), more)))
    return result


def table(times: Times, on_case: Callable[[], object] = lambda: None) -> Json:
    """Simulate every case with the default memory."""
    rows = []
    for rate, name, quotas in cases():
        rows.append(_case(rate, name, quotas, times))
        on_case()
    return {
        "memory": DEFAULT_MEMORY,
        "warm": times.warm_at(DEFAULT_MEMORY),
        "cold": times.cold_at(DEFAULT_MEMORY),
        "keep_alive": KEEP_ALIVE,
        "assumed": ASSUMPTIONS,
        "rows": rows,
    }


def _case(rate: int, name: str, quotas: Quotas, times: Times) -> Json:
    """Simulate one load from no sandbox, and in its steady state."""
    warm, cold = times.warm_at(DEFAULT_MEMORY), times.cold_at(DEFAULT_MEMORY)
    served = min(rate, quotas.api, quotas.requests)
    start = simulate(Load(rate, START, warm, cold, quotas=quotas))
    waiting = steady_sandboxes(served, warm)
    steady = simulate(Load(rate, min(STEADY, MAX_REQUESTS / rate), warm, cold, waiting, quotas))
    answered = steady["answered"] / steady["seconds"] * HOUR / MILLION
    admitted = (1 - steady["by"][LIMITS[0]]) * rate * HOUR / MILLION
    money = {
        "function": answered * lambda_usd(times, DEFAULT_MEMORY, steady["cold_share"]),
        "http_api": admitted * price("http api"),
    }
    return {
        "rate": rate,
        "quotas": {
            "name": name,
            "concurrency": quotas.concurrency,
            "requests": quotas.requests,
            "http_api": quotas.api,
        },
        "start": start,
        "steady": steady,
        "usd_hour": money,
        "usd_month": {part: usd * MONTH for part, usd in money.items()},
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file_argument(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> None:
    """Simulate every load and print the table."""
    times = read_times(given.json)
    steps = iter(track(range(len(cases())), "simulating", console=Console(stderr=True), transient=True))
    scales = table(times, lambda: next(steps, None))
    print_results(rich_table(scales), f"Assumptions: {ASSUMPTIONS}.")


def rich_table(scales: Json) -> Table:
    rich = Table(title=f"Sandboxes of {scales['memory']} MB", title_justify="left")
    for column in ("requests/s, quotas, part", "throttled by"):
        rich.add_column(column)
    for column in ("throttled", "busy mean", "busy p99", "busy max", "sandboxes", "cold"):
        rich.add_column(column, justify="right")
    for column in ("wait p50", "wait p99", "wait p99.9", "USD/hour"):
        rich.add_column(column, justify="right")
    for row in scales["rows"]:
        for part in ("start", "steady"):
            rich.add_row(*_cells(part, row))
    return rich


def _cells(part: str, row: Json) -> list[str]:
    result = row[part]
    busy, by = result["busy"], max(result["by"], key=result["by"].get)
    return [
        f"{row['rate']:,}, {row['quotas']['name']}, {part} of {result['seconds']:g} s",
        by if result["throttled"] else "",
        f"{result['throttled']:.1%}",
        *(f"{busy[name]:,.{digits}f}" for name, digits in (("mean", 2), ("p99", 0), ("max", 0))),
        f"{result['sandboxes']:,}",
        f"{result['cold']:,} ({result['cold_share']:.2%})",
        *(f"{wait / MILLISECOND:,.0f} ms" for wait in result["wait"].values()),
        f"{sum(row['usd_hour'].values()):,.2f}" if part == "steady" else "",
    ]
