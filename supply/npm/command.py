"""Install the npm packages that check the page, or run one of their programs."""

import argparse
import sys

from command_line import CommandError
from supply.npm.packages import install, node, package


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m supply.npm", description=__doc__)
    parser.add_argument("program", nargs="?", help="tsc, biome or lighthouse (default: install the packages)")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="of the program")
    given = parser.parse_args()
    if given.program is None:
        return install()
    try:
        program = package(f".bin/{given.program}")
    except FileNotFoundError as error:  # the packages are not installed
        raise CommandError(str(error)) from None
    if not program.is_file():
        programs = ", ".join(sorted(file.name for file in program.parent.iterdir()))
        raise CommandError(f"{given.program!r} is not a program of the npm packages: {programs}.")
    sys.exit(node(program, *given.arguments).returncode)
