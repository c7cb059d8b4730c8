"""Commands of the report: `python -m report [build]|docs|icons`."""

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from command_line import CommandError, with_default
from report import build, docs, icons, page, results
from report.formatting import joined

SITE = Path("frontend")
FOLDER = SITE / build.FOLDER


def main() -> None:
    arguments = parse(sys.argv[1:])
    arguments.command(arguments)


def parse(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m report", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sub = commands.add_parser(
        "build", help="make figures, report.html and serving.html from the results (the default command)"
    )
    sub.add_argument(
        "--out",
        type=Path,
        default=SITE,
        metavar="SITE",
        help="folder of the pages, with the results and figures in its subfolder report (%(default)s)",
    )
    sub.set_defaults(command=write_figures_and_pages)
    commands.add_parser("docs", help="write the tables of README.md and docs/").set_defaults(command=docs.command)
    commands.add_parser("icons", help="draw the page's icons and social picture").set_defaults(command=icons.command)
    return parser.parse_args(with_default(given, commands.choices, "build"))


def write_figures_and_pages(arguments: argparse.Namespace) -> None:
    """Run `python -m report`."""
    from report.figures import figures  # imports matplotlib, which takes a second

    site: Path = arguments.out
    console = Console(stderr=True)
    measured = results.read(site / build.FOLDER)
    drawn = figures(measured)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("figures", total=len(drawn))
        try:
            written = build.write_report(measured, site, lambda: progress.advance(task))
        except OSError as error:
            file = error.filename2 or site / page.MODELS.file
            raise CommandError(f"{file} cannot be written ({error.strerror}). Choose another --out.") from None
    names = joined([*map(str, written), f"{len(drawn)} figures"])
    console.print(f"Wrote {names} in {site / build.FOLDER}", soft_wrap=True)
