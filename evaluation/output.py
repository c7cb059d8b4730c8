"""Places that a command writes: checked before it measures, and replaced after everything is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from command_line import CommandError


class OutputError(CommandError):
    """A place cannot be written; the message names it."""


def check_folder(folder: Path) -> None:
    """Create a folder if it is missing. Raises OutputError if no file can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OutputError(f"{folder} cannot be written ({error.strerror}). Choose another place: --out") from None


def check_file(file: Path) -> None:
    """Create the folder of a file if it is missing. Raises OutputError if the file cannot be written there."""
    if file.is_dir():
        raise OutputError(f"{file} is a folder. Choose a file: --out FILE")
    check_folder(file.parent)


@contextmanager
def replaced_together(folder: Path) -> Iterator[Path]:
    """Yield an empty folder; at the end, move its files into `folder`. After an error nothing is replaced."""
    with TemporaryDirectory(prefix=".new-", dir=folder) as name:
        new = Path(name)
        yield new
        for file in sorted(new.iterdir()):
            file.replace(folder / file.name)
