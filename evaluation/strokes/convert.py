"""Conversion of a published data set of pen strokes: `python -m evaluation convert-strokes uji|numberpad SOURCE OUT`.

docs/training.md has the addresses, authors and licenses of the data sets.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from evaluation.strokes import files, sources
from evaluation.strokes.files import Digit, StrokesError

HELP = "convert a published data set of pen strokes"
FORMATS: dict[str, Callable[[str], list[Digit]]] = {"uji": sources.uji, "numberpad": sources.numberpad}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("format", choices=FORMATS, help="data set: ujipenchars2.txt, or NumberPad's bridger_all.json")
    parser.add_argument("source", type=Path, metavar="SOURCE", help="published file")
    parser.add_argument("out", type=Path, metavar="OUT", help="strokes file to write")


def command(arguments: argparse.Namespace) -> None:
    """Write the strokes file."""
    digits = convert(arguments.format, arguments.source)
    try:
        files.write(arguments.out, digits)
    except OSError as error:
        raise StrokesError(f"{arguments.out} cannot be written ({error.strerror}). Choose another OUT.") from None
    print(f"Wrote {len(digits)} digits to {arguments.out}")


def convert(name: str, source: Path) -> list[Digit]:
    """Parse a published file. Raises StrokesError."""
    try:
        digits = FORMATS[name](source.read_text())
    except OSError as error:
        raise StrokesError(f"{source} cannot be read ({error.strerror}).") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StrokesError(f"{source} is not a file of the format {name} ({error}).") from None
    if not digits:
        raise StrokesError(f"{source} has no digits in the format {name}.")
    return digits
