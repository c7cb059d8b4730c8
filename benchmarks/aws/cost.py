"""Cost of a million predictions on AWS Lambda, from the seconds of a warm request, and of both parts of a cold start.

`python -m benchmarks cost --cold-share 0.01` prints it for a benchmark.json, with the assumptions.
"""

import argparse
import json
import math
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from rich.table import Table

from benchmarks.aws import prices
from benchmarks.aws.prices import MILLION, limit, price
from benchmarks.errors import BenchmarkError
from results_console import print_results
from tests.support.template import ROOT, load

MEASURED = ROOT / "frontend" / "report" / "benchmark.json"
ARCHITECTURES = ("x86_64", "arm64")
MEMORIES = (128, 256, 512, 1024, 1769)  # MB
COLD_SHARES = (0.0, 0.001, 0.01, 0.1)  # of the requests; typically less than 0.01, according to AWS
TYPICAL = 0.01
LATENCY_TARGETS = (0.001, 0.002, 0.005)  # seconds of a warm request
MILLISECOND = 1e-3
BILLING_STEP, CORE = limit("billing step"), limit("memory of one core")
MEMORY = load()["Parameters"]["MemorySize"]
MIN_MEMORY, DEFAULT_MEMORY = int(MEMORY["MinValue"]), int(MEMORY["Default"])  # MB, of template.yaml
ASSUMPTIONS = (
    f"the CPU share is memory / {CORE:.0f} MB, and time is inversely proportional to it, but the initialization before "
    "the first request has a whole core with any memory; more than one core saves no time; arm64 is as fast as x86_64; "
    "a cold start is billed from the start of the process to its first response; measured on this machine, not on AWS"
)

type Json = dict[str, Any]


class Times(NamedTuple):
    """Seconds on one whole core."""

    warm: float  # a request to a warm sandbox
    init: float  # a cold start until the first request: imports
    first: float  # the rest of it: loads the model, responds

    def warm_at(self, memory: float) -> float:
        """Return the seconds of a warm request with `memory` MB."""
        return seconds(self.warm, memory)

    def cold_at(self, memory: float) -> float:
        """Return the seconds of a cold start with `memory` MB."""
        return self.init + seconds(self.first, memory)


def seconds(on_one_core: float, memory: float) -> float:
    """Return the seconds that work takes with `memory` MB, given its seconds on one whole core."""
    return on_one_core / min(1.0, memory / CORE)


def billed(duration: float) -> float:
    """Return the billed seconds: rounded up to whole milliseconds."""
    return math.ceil(round(duration / BILLING_STEP, 6)) * BILLING_STEP


def lambda_usd(times: Times, memory: int, share: float, architecture: str = ARCHITECTURES[0]) -> float:
    """Return Lambda's USD for a million predictions, with a share (0..1) of cold starts."""
    charged = (1 - share) * billed(times.warm_at(memory)) + share * billed(times.cold_at(memory))
    return price("lambda requests") + MILLION * charged * memory / 1024 * price(f"lambda {architecture}")


def cheapest_memory(times: Times, share: float) -> int:
    """Return the cheapest memory in MB; the largest where several cost the same."""
    return min(range(int(CORE), MIN_MEMORY - 1, -1), key=lambda memory: round(lambda_usd(times, memory, share), 9))


def min_memory(warm: float, target: float) -> int | None:
    """Return the least MB for a warm request within `target` seconds; None where no memory is enough."""
    return max(MIN_MEMORY, math.ceil(round(CORE * warm / target, 6))) if warm <= target else None


def table(times: Times) -> Json:
    """Return the cost part of benchmark.json."""
    best = cheapest_memory(times, TYPICAL)
    return {
        "read": prices.read(),
        "region": prices.TABLE["region"],
        "assumed": ASSUMPTIONS,
        "requests": price("lambda requests"),
        "http_api": price("http api"),
        "shares": list(COLD_SHARES),
        "rows": [_row(times, memory, name) for name in ARCHITECTURES for memory in MEMORIES],
        "cheapest": {"memory": best, "share": TYPICAL, "usd": lambda_usd(times, best, TYPICAL)},
        "within": [{"seconds": target, "memory": min_memory(times.warm, target)} for target in LATENCY_TARGETS],
    }


def _row(times: Times, memory: int, architecture: str) -> Json:
    warm, cold = times.warm_at(memory), times.cold_at(memory)
    return {
        "architecture": architecture,
        "memory": memory,
        "unusable": f"Less than {MIN_MEMORY} MB is not enough for the process and the largest image"
        if memory < MIN_MEMORY
        else None,
        "warm": warm,
        "cold": cold,
        "billed": [billed(warm), billed(cold)],
        "usd": [lambda_usd(times, memory, share, architecture) for share in COLD_SHARES],
    }


def times_of(measured: Json) -> Times:
    """Return the median times of a request with a 28x28 PNG. Raises KeyError, TypeError."""
    warm, cold, init = measured["warm"]["28"]["ours"], measured["cold_start"]["ours"], measured["init"]
    return Times(warm["median"], init["median"], cold["median"] - init["median"])


def read_times(file: Path) -> Times:
    """Read the times from a file of `make bench`. Raises BenchmarkError."""
    try:
        return times_of(json.loads(file.read_text()))
    except FileNotFoundError:
        raise BenchmarkError(f"{file} does not exist: run make bench.") from None
    except OSError as error:
        raise BenchmarkError(f"{file} cannot be read ({error.strerror}): give the file of make bench.") from None
    except (ValueError, KeyError, TypeError):
        raise BenchmarkError(f"{file} is not a file of make bench.") from None


def add_file_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, default=MEASURED, metavar="FILE", help="output of `make bench`")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file_argument(parser)
    parser.add_argument("--cold-share", type=_share, default=TYPICAL, help="of the requests, 0 to 1 (%(default)s)")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> None:
    """Print the cost at each memory size."""
    times = read_times(given.json)
    print_results(rich_table(times, given.cold_share))
    best = cheapest_memory(times, given.cold_share)
    usd = lambda_usd(times, best, given.cold_share)
    print(f"Cheapest on x86_64: {best} MB, {usd:.3f} USD. The HTTP API adds {price('http api'):.2f} USD.")
    for target in LATENCY_TARGETS:
        memory = min_memory(times.warm, target)
        needs = f"needs {memory} MB" if memory else "is not possible"
        print(f"A warm request within {target / MILLISECOND:g} ms {needs}.")
    print_results(f"Assumptions: {ASSUMPTIONS}.")


def _share(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (share := float(text)) <= 1:
            return share
    raise argparse.ArgumentTypeError(f"{text} is not a share between 0 and 1")


def rich_table(times: Times, share: float) -> Table:
    title = f"A million predictions, {share:g} of them cold: USD at the prices of {prices.read()}"
    table = Table(title=title, title_justify="left")
    for column in ("memory", "warm", "cold", *ARCHITECTURES, "note"):
        table.add_column(column, justify="left" if column == "note" else "right")
    for memory in MEMORIES:
        row = _row(times, memory, ARCHITECTURES[0])
        durations = (f"{row[name] / MILLISECOND:,.{digits}f} ms" for name, digits in (("warm", 2), ("cold", 0)))
        money = (f"{lambda_usd(times, memory, share, architecture):.3f}" for architecture in ARCHITECTURES)
        table.add_row(f"{memory} MB", *durations, *money, row["unusable"] or "")
    return table
