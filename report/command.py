"""Commands of the report: `python -m report [build]|docs`."""

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from command_line import with_default
from report import docs, results
from report.build import write_report

FOLDER = Path("frontend") / "report"


def main() -> None:
    arguments = parse(sys.argv[1:])
    arguments.command(arguments)


def parse(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m report", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="make figures and report.html from the results (the default command)")
    build.add_argument("--out", type=Path, default=FOLDER, help="folder of results and figures (%(default)s)")
    build.set_defaults(command=write_figures_and_page)
    commands.add_parser("docs", help="write the tables of README.md and docs/").set_defaults(command=docs.command)
    return parser.parse_args(with_default(given, commands.choices, "build"))


def write_figures_and_page(arguments: argparse.Namespace) -> None:
    """Run `python -m report`."""
    from report.figures import figures  # imports matplotlib, which takes a second

    folder: Path = arguments.out
    console = Console(stderr=True)
    measured = results.read(folder)
    with Progress(console=console) as progress:
        task = progress.add_task("figures", total=len(figures(measured)))
        page = write_report(measured, folder, lambda: progress.advance(task))
    console.print(f"Wrote {page} and {len(figures(measured))} figures in {folder}")
