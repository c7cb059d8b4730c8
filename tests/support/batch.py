"""`python -m batch` as a subprocess."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.template import ROOT

TIMEOUT = 300  # seconds


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "batch", *map(str, arguments)]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "functions")))}


def batch(*arguments: object, folder: Path, succeeds: bool = True) -> subprocess.CompletedProcess[str]:
    """Run it in a folder, and check its exit status."""
    done = subprocess.run(
        command(*arguments), cwd=folder, env=environment(), capture_output=True, text=True, timeout=TIMEOUT
    )
    assert (done.returncode == 0) == succeeds, done.stderr
    assert "Traceback" not in done.stderr
    return done


def kill_when(condition: Callable[[], bool], *arguments: object, folder: Path) -> None:
    """Start it, and end it by SIGKILL as soon as the condition holds. Its workers must end, too.

    It must not have ended before.
    """
    with subprocess.Popen(
        command(*arguments), cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        end = time.monotonic() + TIMEOUT
        while not condition():
            assert process.poll() is None, "it ended before"
            assert time.monotonic() < end, "it takes too long"
            time.sleep(0.01)
        workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert workers
        process.kill()
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < end, "a worker still runs"
        time.sleep(0.01)
