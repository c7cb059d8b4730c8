"""The number of cases comes in; they are tried, counted and shown: `python -m tests.support.contract --cases 5000`."""

import argparse
import sys

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.support.contract.campaign import Report, run

SHARE = 25  # cases that one more example makes, as measured
SHOWN = 20  # failures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5000, help="at least how many to try (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another seed makes other cases (default: %(default)s)")
    arguments = parser.parse_args()
    with Progress(transient=True) as progress:
        task = progress.add_task("Trying", total=arguments.cases)
        for report in run(arguments.cases // SHARE + 1, arguments.seed):
            progress.update(task, completed=report.cases.total())
    show(report, arguments.seed)
    if report.failures or report.cases.total() < arguments.cases:
        sys.exit(f"{report.cases.total():,} of {arguments.cases:,} cases, {len(report.failures)} failures.")


def show(report: Report, seed: int) -> None:
    console = Console()
    checks = Table("check", "times", "failures")
    for name in sorted(report.checks | report.failed):
        checks.add_row(name, f"{report.checks[name]:,}", f"{report.failed[name]:,}")
    console.print(checks)
    console.print(*(f"{phase}: {cases:,}" for phase, cases in report.cases.items()), sep=", ")
    console.print(f"{report.cases.total():,} cases, {len(report.failures)} failures, from the seed {seed}")
    for failure in report.failures[:SHOWN]:
        console.print(failure, markup=False, soft_wrap=True)


if __name__ == "__main__":
    main()
