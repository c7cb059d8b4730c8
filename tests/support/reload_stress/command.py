"""Load test of the reload of models: `python -m tests.support.reload_stress`."""

import argparse
import logging

from rich.console import Console
from rich.table import Table

from results_console import print_results
from tests.support.reload_stress.stream import run
from tests.support.s3 import s3


def main() -> None:
    argparse.ArgumentParser(prog="python -m tests.support.reload_stress", description=__doc__).parse_args()
    logging.getLogger("digits").propagate = False
    console = Console(stderr=True)
    with s3() as here, console.status("starting") as status:
        tally = run(here, lambda line: status.update(line[:100]))
    table = Table("fault", "log line")
    for name, line in tally.faults.items():
        table.add_row(name, line)
    print_results(table)
    print(
        f"{tally.requests:,} requests to {len(tally.responses)} versions, {tally.swaps} swaps and {len(tally.faults)} "
        f"faults: {len(tally.errors)} errors, {len(tally.wrong)} wrong responses; the slowest took "
        f"{tally.longest:.0f} ms"
    )
