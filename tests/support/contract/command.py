"""Contract test with a given number of cases: `python -m tests.support.contract --cases 5000`."""

import argparse

from rich.progress import Progress
from rich.table import Table

from command_line import CommandError, positive
from results_console import print_results
from tests.support.contract.campaign import Report, run

CASES_PER_EXAMPLE = 25  # measured
MAX_FAILURES = 20  # printed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.contract", description=__doc__)
    parser.add_argument("--cases", type=positive, default=5000, help="minimum number of cases (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the generated cases (default: %(default)s)")
    arguments = parser.parse_args()
    with Progress(transient=True) as progress:
        task = progress.add_task("contract test", total=arguments.cases)
        for report in run(arguments.cases // CASES_PER_EXAMPLE + 1, arguments.seed):
            progress.update(task, completed=report.cases.total())
    show(report, arguments.seed)
    if report.failures or report.cases.total() < arguments.cases:
        raise CommandError(f"{report.cases.total():,} of {arguments.cases:,} cases, {len(report.failures)} failures.")


def show(report: Report, seed: int) -> None:
    checks = Table("check", "times", "failures")
    for name in sorted(report.checks | report.failed):
        checks.add_row(name, f"{report.checks[name]:,}", f"{report.failed[name]:,}")
    print_results(checks)
    print(*(f"{phase}: {cases:,}" for phase, cases in report.cases.items()), sep=", ")
    print(f"{report.cases.total():,} cases, {len(report.failures)} failures, from the seed {seed}")
    for failure in report.failures[:MAX_FAILURES]:
        print(failure)
