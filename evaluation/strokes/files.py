"""Files of recorded pen strokes: reading, validation, writing.

A file is a JSON list of {"label": 0-9, "strokes": [[[x, y], ...], ...]}: y downward; the digit's longer side is 1, and
the digit is centered in the unit square.
"""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, TypedDict

from pydantic import Field, TypeAdapter, ValidationError

from command_line import CommandError
from evaluation.json_file import first_error
from evaluation.schema import CLASSES, NonEmpty
from training.files import write_text

FOLDER = Path(__file__).parent  # of the files that are measured by default

type Coordinate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
type Point = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]


class StrokesError(CommandError):
    """A file of strokes is missing or malformed; the message names it."""


class Digit(TypedDict):
    label: Annotated[int, Field(ge=0, lt=CLASSES)]
    strokes: NonEmpty[NonEmpty[Point]]


@cache
def adapter() -> TypeAdapter[list[Digit]]:
    return TypeAdapter(NonEmpty[Digit])


def read(file: Path) -> list[Digit]:
    """Read the digits of a file. Raises StrokesError."""
    try:
        return adapter().validate_python(json.loads(file.read_text()), strict=True)
    except ValidationError as error:
        reason = first_error(error)
    except OSError as error:
        reason = error.strerror or "unreadable"
    except (ValueError, RecursionError) as error:
        reason = f"not JSON: {error}"
    raise StrokesError(f"{file} cannot be read as strokes ({reason}). docs/training.md has the format.")


def write(file: Path, digits: list[Digit]) -> None:
    """Write a file without spaces, atomically."""
    write_text(file, json.dumps(digits, separators=(",", ":")) + "\n")


def default_files() -> list[Path]:
    """Return the files of FOLDER."""
    return sorted(FOLDER.glob("*.json"))


def default_digits() -> list[Digit]:
    """Read the digits of every file of FOLDER. Raises StrokesError."""
    return [digit for file in default_files() for digit in read(file)]
