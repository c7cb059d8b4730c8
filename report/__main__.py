"""Make the figures and report.html from the results of `python -m evaluation` and `make bench`."""

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from evaluation.schema import ResultsError
from report import results
from report.build import write_report
from report.figures import figures

FOLDER = Path("frontend") / "report"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m report", description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of results and figures (%(default)s)")
    folder = parser.parse_args().out
    console = Console(stderr=True)
    try:
        measured = results.read(folder)
    except ResultsError as error:
        sys.exit(str(error))
    with Progress(console=console) as progress:
        task = progress.add_task("figures", total=len(figures(measured)))
        page = write_report(measured, folder, lambda: progress.advance(task))
    console.print(f"Wrote {page} and {len(figures(measured))} figures in {folder}")


if __name__ == "__main__":
    main()
