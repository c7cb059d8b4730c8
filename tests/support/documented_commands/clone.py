"""A fresh clone of the repository, and commands in it."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.markdown import Command
from tests.support.site import ROOT, free_port, wait_for

LOCAL = "http://127.0.0.1:8000"  # of the pages' examples
PINS = ("*requirements.txt", "supply/*.txt", "supply/npm/package-lock.json")
SERVER = "make run"  # ends when it is stopped


@dataclass(frozen=True)
class Result:
    """Exit status, duration and output of a command."""

    status: int
    seconds: float
    output: str


def make_clone(folder: Path, fresh: bool) -> Path:
    """Clone the repository's last commit, with its own .venv if it is to be fresh, else with a link to this one's."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    if fresh:
        subprocess.run(["make", ".venv/develop"], cwd=folder, stdout=subprocess.DEVNULL, check=True)
    else:
        (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
        for file in (file for pattern in PINS for file in folder.rglob(pattern)):
            os.utime(file, (0, 0))  # older than .venv, so that make installs nothing
    return folder


def environment(clone: Path) -> dict[str, str]:
    """Return this environment, with the clone's code first and no settings of make."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return kept | {"PYTHONPATH": os.pathsep.join((str(clone / "functions"), str(clone)))}


def start(words: list[str], clone: Path, **options: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, cwd=clone, env=environment(clone), stdin=subprocess.DEVNULL, **options)  # type: ignore[call-overload,no-any-return]


def run(command: Command, clone: Path, url: str) -> Result:
    """Run a command to its end; a server until its first response."""
    begin = time.monotonic()
    if command.starts_with(SERVER):
        return Result(run_server(command, clone), time.monotonic() - begin, "")
    words = [word.replace(LOCAL, url) for word in command.words]
    if words[0] == "curl":
        words.insert(1, "--fail")
    process = start(words, clone, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output, _ = process.communicate()
    return Result(process.returncode, time.monotonic() - begin, output.decode(errors="replace"))


def run_server(command: Command, clone: Path) -> int:
    """Start a server at a free port, stop it after its first response, and return its exit status."""
    port = free_port()
    process = start([*command.words, f"PORT={port}"], clone)
    wait_for(f"http://127.0.0.1:{port}", process)
    stop(process)
    return process.returncode


def stop(process: subprocess.Popen[bytes]) -> None:
    """Send SIGTERM to the command that make runs, or to the process itself, and wait for the end."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in children or [str(process.pid)]:
        os.kill(int(pid), signal.SIGTERM)
    process.wait(timeout=60)


@contextmanager
def served(clone: Path) -> Iterator[str]:
    """Serve the clone's page and API until the block ends. Yield the URL."""
    port = free_port()
    process = start(["make", "run", f"PORT={port}"], clone, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}", process, timeout=1200)  # with --fresh, make installs first
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)
