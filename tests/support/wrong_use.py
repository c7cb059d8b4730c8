"""Wrong uses of a command: what it is given, the one line that it must print, and its exit status."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import forked

ROOT = Path(__file__).parents[2]
TIMEOUT = 120  # seconds
PYTHON = (sys.executable,)


@dataclass(frozen=True)
class WrongUse:
    """One wrong use, run in an empty folder that `prepare` has filled: `python -m ARGUMENTS`, or `python FILE.py ...`.

    The message is a regular expression. Exit status 2 is argparse's, which prints the usage before the message.
    `python` starts an interpreter of its own, as a user does; without it the command runs in a fork.
    """

    name: str  # of the test
    arguments: tuple[str, ...]
    message: str
    status: int = 1
    prepare: Callable[[Path], object] = lambda folder: None
    environment: dict[str, str] = field(default_factory=dict)
    python: tuple[str, ...] = ()


def run(case: WrongUse, folder: Path) -> subprocess.CompletedProcess[str]:
    case.prepare(folder)
    path = os.pathsep.join((str(ROOT), str(ROOT / "functions")))
    environment = os.environ | {"PYTHONPATH": path, "COLUMNS": "80"} | case.environment
    if not case.python:
        return forked.run(case.arguments, folder, environment, TIMEOUT)
    module = () if any(word.endswith(".py") for word in case.arguments[:2]) else ("-m",)
    return subprocess.run(
        [*case.python, *module, *case.arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )


def check(case: WrongUse, folder: Path) -> None:
    """Run it. The message must be the only line on stderr, after argparse's usage; no temporary file may be left."""
    result = run(case, folder)
    assert result.returncode == case.status, result.stderr
    assert "Traceback" not in result.stderr
    lines = result.stderr.splitlines()
    if case.status == 2:
        lines = [line for line in lines[-1:] if lines[0].startswith("usage: ")]
    assert len(lines) == 1, result.stderr
    assert re.search(case.message, lines[0]), lines[0]
    print(f"{result.returncode} | {' '.join(case.arguments)} | {lines[0]}")  # a row of the table: pytest -rP
    assert not [path for path in folder.rglob(".*") if re.match(r"\.\d+-", path.name)]  # temporary files
