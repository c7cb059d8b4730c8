"""Copies of Lambda's runtime interface client for Python, without other packages."""

import compileall
import importlib.metadata
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ("awslambdaric", "simplejson", "snapshot_restore_py")  # the client and what it imports


def copy_to(folder: Path, packages: tuple[str, ...] = PACKAGES) -> None:
    """Copy the installed client, compiled, as in /var/runtime of Lambda's images."""
    for package in packages:
        for file in importlib.metadata.files(package) or []:
            if ".." not in file.parts and file.suffix != ".pyc":
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), target)
    compileall.compile_dir(folder, quiet=1)


@contextmanager
def scratch() -> Iterator[tuple[Path, Path]]:
    """Provide a folder with the client, and a path for the emulator's log, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        client = Path(folder, "client")
        copy_to(client)
        yield client, Path(folder, "log")
