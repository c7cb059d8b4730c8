"""Commands of the supply chain: `python -m supply sbom|audit`."""

import argparse
import sys
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from results_console import print_results
from supply import licenses, sbom
from supply.audit import UnreachableError, audit
from supply.shipped import SupplyError, packages

BUILD = Path(".aws-sam", "build")
FUNCTION = "DigitsFunction"
REQUIREMENTS = Path("functions", "requirements.txt")

console = Console(stderr=True)
log = partial(console.print, soft_wrap=True, markup=False, highlight=False)


def main() -> None:
    arguments = parse(sys.argv[1:])
    arguments.command(arguments)


def parse(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m supply", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sbom_ = commands.add_parser("sbom", help="list the shipped packages and licenses, write sbom.cdx.json")
    sbom_.add_argument("build", nargs="?", type=Path, default=BUILD, help="output of `make build` (%(default)s)")
    sbom_.set_defaults(command=run_sbom)
    audit_ = commands.add_parser("audit", help="query PyPI for known vulnerabilities of the shipped packages")
    audit_.add_argument("requirements", nargs="?", type=Path, default=REQUIREMENTS, help="pins (%(default)s)")
    audit_.set_defaults(command=run_audit)
    return parser.parse_args(given)


def run_sbom(arguments: argparse.Namespace) -> None:
    """Print each package and its license, and write the SBOM. Raises SupplyError for a license that is not allowed."""
    task = arguments.build / FUNCTION
    shipped = packages(task)
    table = Table("package", "version", "license", "bundled libraries")
    for package in shipped:
        libraries = [file.name.split("-")[0].split(".")[0] for file in package.files if ".libs" in file.parts[0]]
        libraries += [each["name"] for each in package.listed()]
        shown = ", ".join(libraries) if len(libraries) < 20 else f"{len(libraries)}, listed in the wheel"
        table.add_row(package.name, package.version, package.license or "unknown", shown)
    print_results(table)
    if violations := [line for package in shipped for line in licenses.problems(package)]:
        raise SupplyError("\n".join(violations))
    out = arguments.build / "sbom.cdx.json"
    sbom.write(sbom.document(task), out)
    log(f"Wrote {out}: {len(shipped)} packages, all with allowed licenses, and the models.")


def run_audit(arguments: argparse.Namespace) -> None:
    """Raise SupplyError for a vulnerability or an unknown package. If PyPI is unreachable, log the reason."""
    try:
        with console.status(f"{arguments.requirements}: querying PyPI for vulnerabilities"):
            result = audit(arguments.requirements)
    except UnreachableError as error:
        log(f"The audit of {arguments.requirements} is skipped: {error}.")
        return
    unknown = [f"{name} is not known to PyPI, so its vulnerabilities are unknown." for name in result.unknown]
    if result.vulnerabilities or unknown:
        raise SupplyError("\n".join([*result.vulnerabilities, *unknown]))
    log(f"{arguments.requirements}: no known vulnerability in {result.checked} packages.")
