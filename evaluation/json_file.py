"""Validated reading of JSON files of results.

Validation reports what manual edits and merges leave behind: missing keys, values of another type, shortened lists.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from command_line import CommandError


class ResultsError(CommandError):
    """A file of results is missing, damaged, or of other models; the message names the command that writes it."""


def read_json[T](path: Path, adapter: TypeAdapter[T], command: str) -> T:
    """Read and validate a file that `command` writes. Raises ResultsError."""
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise ResultsError(f"{path} is missing. Write it: {command}") from None
    except OSError as error:
        raise ResultsError(
            f"{path} cannot be read ({error.strerror}). Restore it, or write it again: {command}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{path} is not JSON ({error}). Restore it, or write it again: {command}") from error
    return validate(content, adapter, path, command)


def validate[T](content: Any, adapter: TypeAdapter[T], path: Path, command: str) -> T:
    """Return the content of a file with its type. Raises ResultsError, naming the first invalid place."""
    try:
        return adapter.validate_python(content, strict=True)
    except ValidationError as error:
        raise ResultsError(
            f"{path} is damaged ({first_error(error)}). Restore it, or write it again: {command}"
        ) from error


def first_error(error: ValidationError) -> str:
    """Describe the first invalid place."""
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"])) or "the file"
    message = first["msg"].removeprefix("Value error, ")
    return f"{place}: {message[:1].lower()}{message[1:]}"
