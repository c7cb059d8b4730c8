"""Cost of a million predictions on AWS Lambda, from the times of a warm answer and of a cold start.

`python -m benchmarks.aws.cost --cold-share 0.01` prints it for a measured file. What is assumed stands in ASSUMED.
"""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.aws import prices
from benchmarks.aws.prices import MILLION, limit, price
from tests.support.template import ROOT, load

MEASURED = ROOT / "frontend" / "report" / "benchmark.json"
ARCHITECTURES = ("x86_64", "arm64")
MEMORIES = (128, 256, 512, 1024, 1769)  # MB
COLD_SHARES = (0.0, 0.001, 0.01, 0.1)  # of the requests; AWS says that it is typically less than 0.01
TYPICAL = 0.01
WITHIN = (0.001, 0.002, 0.005)  # seconds that a warm answer may take
MILLISECOND = 1e-3
STEP, CORE = limit("billing step"), limit("memory of one core")
MEMORY = load()["Parameters"]["MemorySize"]
LEAST, DEFAULT = int(MEMORY["MinValue"]), int(MEMORY["Default"])  # MB, as template.yaml has them
ASSUMED = (
    f"a core's share is memory / {CORE:.0f} MB and time grows as it shrinks, at start-up, too; more than one core "
    "helps nothing; arm64 takes as long as x86_64; a cold start is billed from the start of the process to its first "
    "answer"
)

type Json = dict[str, Any]


def seconds(on_one_core: float, memory: float) -> float:
    """How long work takes on the share of a core that comes with so many MB."""
    return on_one_core / min(1.0, memory / CORE)


def billed(duration: float) -> float:
    """Seconds that are charged: begun milliseconds count as whole ones."""
    return math.ceil(round(duration / STEP, 6)) * STEP


def function(warm: float, cold: float, memory: int, share: float, architecture: str = ARCHITECTURES[0]) -> float:
    """USD that Lambda takes for a million predictions, of which a share (0..1) meets a cold start."""
    charged = (1 - share) * billed(seconds(warm, memory)) + share * billed(seconds(cold, memory))
    return price("lambda requests") + MILLION * charged * memory / 1024 * price(f"lambda {architecture}")


def cheapest(warm: float, cold: float, share: float) -> int:
    """The memory in MB that costs least, to the megabyte; the fastest of several."""
    return min(range(int(CORE), LEAST - 1, -1), key=lambda memory: round(function(warm, cold, memory, share), 9))


def least_memory(warm: float, within: float) -> int | None:
    """The least MB with which a warm answer takes no longer than so many seconds; None where no memory does."""
    return max(LEAST, math.ceil(round(CORE * warm / within, 6))) if warm <= within else None


def table(warm: float, cold: float) -> Json:
    """Everything the report shows, of the seconds that a warm answer and a cold start take on one whole core."""
    best = cheapest(warm, cold, TYPICAL)
    return {
        "read": prices.read(),
        "region": prices.TABLE["region"],
        "assumed": ASSUMED,
        "requests": price("lambda requests"),
        "http_api": price("http api"),
        "shares": list(COLD_SHARES),
        "rows": [_row(warm, cold, memory, name) for name in ARCHITECTURES for memory in MEMORIES],
        "cheapest": {"memory": best, "share": TYPICAL, "usd": function(warm, cold, best, TYPICAL)},
        "within": [{"seconds": within, "memory": least_memory(warm, within)} for within in WITHIN],
    }


def _row(warm: float, cold: float, memory: int, architecture: str) -> Json:
    return {
        "architecture": architecture,
        "memory": memory,
        "unusable": f"Less than {LEAST} MB does not hold the process and the largest image" if memory < LEAST else None,
        "warm": seconds(warm, memory),
        "cold": seconds(cold, memory),
        "billed": [billed(seconds(warm, memory)), billed(seconds(cold, memory))],
        "usd": [function(warm, cold, memory, share, architecture) for share in COLD_SHARES],
    }


def measured(file: Path) -> tuple[float, float]:
    """Medians of a measured file, in seconds: a warm answer to a 28x28 PNG, and a cold start. Exits where it cannot."""
    try:
        found = json.loads(file.read_text())
        return float(found["warm"]["28"]["ours"]["median"]), float(found["cold_start"]["ours"]["median"])
    except FileNotFoundError:
        sys.exit(f"There is no {file}: run make bench.")
    except (ValueError, KeyError, TypeError):
        sys.exit(f"{file} is not what make bench writes.")


def arguments(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, default=MEASURED, metavar="FILE", help="what `make bench` wrote")
    return parser


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--cold-share", type=_share, default=TYPICAL, help="of the requests, 0 to 1 (%(default)s)")
    given = parser.parse_args()
    warm, cold = measured(given.json)
    Console().print(printed(warm, cold, given.cold_share))
    best = cheapest(warm, cold, given.cold_share)
    usd = function(warm, cold, best, given.cold_share)
    Console().print(f"Cheapest on x86_64: {best} MB, {usd:.3f} USD. The HTTP API adds {price('http api'):.2f} USD.")
    for within in WITHIN:
        memory = least_memory(warm, within)
        answer = f"takes {memory} MB" if memory else "is not to be had"
        Console().print(f"A warm answer within {within / MILLISECOND:g} ms {answer}.")
    Console().print(f"Assumed: {ASSUMED}.")


def _share(text: str) -> float:
    if not 0 <= (share := float(text)) <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share between 0 and 1")
    return share


def printed(warm: float, cold: float, share: float) -> Table:
    title = f"A million predictions, {share:g} of them cold: USD at the prices of {prices.read()}"
    printed = Table(title=title, title_justify="left")
    for column in ("memory", "warm", "cold", *ARCHITECTURES, ""):
        printed.add_column(column, justify="right" if column else "left")
    for memory in MEMORIES:
        row = _row(warm, cold, memory, ARCHITECTURES[0])
        times = (f"{row[name] / MILLISECOND:,.{digits}f} ms" for name, digits in (("warm", 2), ("cold", 0)))
        money = (f"{function(warm, cold, memory, share, architecture):.3f}" for architecture in ARCHITECTURES)
        printed.add_row(f"{memory} MB", *times, *money, row["unusable"] or "")
    return printed


if __name__ == "__main__":
    main()
