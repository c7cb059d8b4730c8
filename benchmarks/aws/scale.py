"""What 10, 1,000 and 100,000 requests a second take, from the times of a warm answer and of a cold start.

`python -m benchmarks.aws.scale` simulates it for a measured file: sandboxes, cold starts, throttling and money, against
the limits of AWS Lambda and of the HTTP API. What is assumed stands in ASSUMED.
"""

import math
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.special import pdtrc

from benchmarks.aws.cost import DEFAULT, MILLISECOND, arguments, function, measured, seconds
from benchmarks.aws.prices import MILLION, limit, price
from benchmarks.aws.quotas import GIVEN, LIMITS, Quotas
from benchmarks.aws.simulation import KEEP_ALIVE, Load, simulate

RATES = (10, 1_000, 100_000)  # requests a second
START = 100.0  # seconds simulated from nothing: after 90, Lambda's scaling rate lets 100,000 a second in
STEADY = 600.0  # seconds simulated in the long run, if these are no more than
ENOUGH = 300_000  # requests
HOUR, MONTH = 3_600, 730  # seconds; hours
HEADROOM = 1.2  # of raised quotas, over the load
ASSUMED = (
    "arrivals are Poisson's; every answer and every cold start takes as long as the median one; a request that finds "
    "no waiting sandbox starts one and waits for it; the sandbox that was used last is used next; one that is idle for "
    f"{KEEP_ALIVE / 60:g} minutes ends; the API charges for what it lets through, Lambda for what it answers, both at "
    "the prices of the first tier"
)

type Json = dict[str, Any]


def kept(rate: float, warm: float) -> int:
    """How many sandboxes a steady load keeps: one more would be used less than once in KEEP_ALIVE, and end.

    Of a Poisson load with mean rate x warm (M/G/infinity), the k-th is used when k - 1 are busy.
    """
    count = 1
    while rate * KEEP_ALIVE * float(pdtrc(count - 1, rate * warm)) > 1:  # P(count or more are busy)
        count += 1
    return count


def cases() -> list[tuple[int, str, Quotas]]:
    """Each rate with the quotas that an account has, and with raised ones where these are not enough."""
    found = []
    for rate in RATES:
        found.append((rate, "default", GIVEN))
        if rate > min(GIVEN.api, GIVEN.requests):
            more = rate * HEADROOM
            found.append((rate, "raised", Quotas(math.ceil(more / limit("requests per environment")), more)))
    return found


def table(warm: float, cold: float, on_case: Callable[[], object] = lambda: None) -> Json:
    """Simulate every case with the memory of template.yaml, of the seconds that each takes on one whole core."""
    rows = []
    for rate, name, quotas in cases():
        rows.append(_case(rate, name, quotas, warm, cold))
        on_case()
    times = {"warm": seconds(warm, DEFAULT), "cold": seconds(cold, DEFAULT), "keep_alive": KEEP_ALIVE}
    return {"memory": DEFAULT, **times, "assumed": ASSUMED, "rows": rows}


def _case(rate: int, name: str, quotas: Quotas, warm: float, cold: float) -> Json:
    """From nothing, and in the long run."""
    times = seconds(warm, DEFAULT), seconds(cold, DEFAULT)
    served = min(rate, quotas.api, quotas.requests)
    start = simulate(Load(rate, START, *times, quotas=quotas))
    waiting = kept(served, times[0])
    steady = simulate(Load(rate, min(STEADY, ENOUGH / rate), *times, waiting, quotas))
    answered = steady["answered"] / steady["seconds"] * HOUR / MILLION
    admitted = (1 - steady["by"][LIMITS[0]]) * rate * HOUR / MILLION
    money = {
        "function": answered * function(warm, cold, DEFAULT, steady["cold_share"]),
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


def main() -> None:
    warm, cold = measured(arguments(__doc__).parse_args().json)
    console = Console()
    steps = iter(track(range(len(cases())), "simulating", console=Console(stderr=True), transient=True))
    found = table(warm, cold, lambda: next(steps, None))
    console.print(printed(found))
    console.print(f"Assumed: {ASSUMED}.")


def printed(found: Json) -> Table:
    printed = Table(title=f"Sandboxes of {found['memory']} MB", title_justify="left")
    for column in ("requests/s", "quotas", "", "busy: mean", "p99", "max", "sandboxes", "cold", "throttled", "by"):
        printed.add_column(column, justify="left" if column in ("quotas", "", "by") else "right")
    for column in ("wait p50", "p99", "p99.9", "USD/hour"):
        printed.add_column(column, justify="right")
    for row in found["rows"]:
        for part in ("start", "steady"):
            printed.add_row(f"{row['rate']:,}", row["quotas"]["name"], *_cells(part, row))
    return printed


def _cells(part: str, row: Json) -> list[str]:
    found = row[part]
    busy, by = found["busy"], max(found["by"], key=found["by"].get)
    return [
        f"{part}, {found['seconds']:g} s",
        *(f"{busy[name]:,.{digits}f}" for name, digits in (("mean", 2), ("p99", 0), ("max", 0))),
        f"{found['sandboxes']:,}",
        f"{found['cold']:,} ({found['cold_share']:.2%})",
        f"{found['throttled']:.1%}",
        by if found["throttled"] else "",
        *(f"{wait / MILLISECOND:,.0f} ms" for wait in found["wait"].values()),
        f"{sum(row['usd_hour'].values()):,.2f}" if part == "steady" else "",
    ]


if __name__ == "__main__":
    main()
