"""Say what ships: `python -m supply sbom [FOLDER]` lists it, `python -m supply audit` asks for vulnerabilities."""

import argparse
import sys
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from supply import licenses, sbom
from supply.audit import UnreachableError, audit
from supply.shipped import SupplyError, packages

BUILD = Path(".aws-sam", "build")
FUNCTION = "DigitsFunction"
REQUIREMENTS = Path("functions", "requirements.txt")
WIDTH = 150  # characters of the table in a file

console = Console(stderr=True)
say = partial(console.print, soft_wrap=True, markup=False, highlight=False)


def main() -> None:
    arguments = parse(sys.argv[1:])
    try:
        arguments.command(arguments)
    except SupplyError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        say("Stopped.")
        sys.exit(130)


def parse(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m supply", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sbom_ = commands.add_parser("sbom", help="list what ships with its licences, write sbom.cdx.json beside it")
    sbom_.add_argument("build", nargs="?", type=Path, default=BUILD, help="what `make build` wrote (%(default)s)")
    sbom_.set_defaults(command=list_)
    audit_ = commands.add_parser("audit", help="ask PyPI for the known vulnerabilities of what ships")
    audit_.add_argument("requirements", nargs="?", type=Path, default=REQUIREMENTS, help="pins (%(default)s)")
    audit_.set_defaults(command=ask)
    return parser.parse_args(given)


def list_(arguments: argparse.Namespace) -> None:
    """Print each package and its licence, refuse what may not ship, write the document."""
    task = arguments.build / FUNCTION
    shipped = packages(task)
    table = Table("package", "version", "licence", "libraries in it")
    for package in shipped:
        libraries = [file.name.split("-")[0].split(".")[0] for file in package.files if ".libs" in file.parts[0]]
        libraries += [each["name"] for each in package.listed()]
        shown = ", ".join(libraries) if len(libraries) < 20 else f"{len(libraries)}, as the wheel lists them"
        table.add_row(package.name, package.version, package.licence or "unknown", shown)
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)
    if found := [line for package in shipped for line in licenses.problems(package)]:
        raise SupplyError("\n".join(found))
    out = arguments.build / "sbom.cdx.json"
    sbom.write(sbom.document(task), out)
    say(f"Wrote {out}: {len(shipped)} packages, all under licences that may ship, and the models.")


def ask(arguments: argparse.Namespace) -> None:
    """Exit with 1 where a vulnerability is known, or a package is not; with 0 and the reason where nobody answers."""
    try:
        with console.status(f"{arguments.requirements}: asking PyPI for vulnerabilities"):
            answer = audit(arguments.requirements)
    except UnreachableError as error:
        say(f"The audit of {arguments.requirements} is skipped: {error}.")
        return
    unknown = [f"{name} is not known to PyPI, so nobody looks for its vulnerabilities." for name in answer.unknown]
    if answer.vulnerabilities or unknown:
        raise SupplyError("\n".join([*answer.vulnerabilities, *unknown]))
    say(f"{arguments.requirements}: no vulnerability is known in {answer.asked} packages.")


if __name__ == "__main__":
    main()
