"""Replace the models ten times, with every fault, while eight clients send requests: `python -m tests.support.reload_stress`."""

import logging

from rich.console import Console
from rich.table import Table

from tests.support.reload_stress.stream import run
from tests.support.s3 import s3


def main() -> None:
    logging.getLogger("digits").propagate = False
    console = Console(stderr=True)
    with s3() as here, console.status("starting") as status:
        tally = run(here, lambda line: status.update(line[:100]))
    table = Table("fault", "what the log says of it")
    for name, said in tally.met.items():
        table.add_row(name, said)
    out = Console()
    out.print(table)
    out.print(
        f"{tally.asked:,} requests by {len(tally.answers)} versions across {tally.swaps} swaps and {len(tally.met)} "
        f"faults: {len(tally.errors)} errors, {len(tally.wrong)} wrong versions; the longest answer took "
        f"{tally.longest:.0f} ms"
    )


if __name__ == "__main__":
    main()
