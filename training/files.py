"""Atomic writing of files, and creation of output folders."""

import os
from collections.abc import Callable
from pathlib import Path

from command_line import CommandError


def write_atomically(path: Path, fill: Callable[[Path], object]) -> None:
    """Write a temporary file beside `path` by `fill`, then rename it: readers see the old file or the new one."""
    temporary = path.with_name(f".{os.getpid()}-{path.name}")  # Keras takes the format from the suffix
    try:
        fill(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically, and create its folder if necessary."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda temporary: temporary.write_text(text))


def make_folder(folder: Path) -> None:
    """Create the folder that the option `--out` names, if necessary. Raises CommandError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"{folder} cannot be created ({error.strerror}). Give another folder: --out DIR") from None
