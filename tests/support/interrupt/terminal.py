"""Interruption of a command in a terminal, by Ctrl-C or SIGTERM at a given moment."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.deploy.cloud import ENVIRONMENT
from tests.support.template import ROOT
from tests.support.terminal import CTRL_C, ESCAPE, MAX_SECONDS, terminal

MIN_MOMENT = 1.0  # seconds; no command is done earlier
TIMEOUT = 30  # seconds until the test kills a command that does not end
MARK = "DIGITS_INTERRUPTED"  # variable by which the processes of a command are found
PROGRESS = re.compile("[━\u2800-\u28ff]|^simulat")  # bars and spinners


@dataclass(frozen=True)
class Interruption:
    """What a command did after a signal."""

    signal: signal.Signals
    moment: float  # seconds from the start of command_line.run
    seconds: float  # from the signal to the end
    status: int
    lines: tuple[str, ...]  # after the signal, without progress displays
    output: str  # all of it
    left: tuple[str, ...]  # command lines of processes that still run

    def is_clean(self) -> bool:
        """Return whether the command printed one line, and ended in time with the right status and no process left."""
        printed = len(self.lines) == 1 and self.lines[0].startswith("Stopped")
        ended = self.status == 128 + self.signal and self.seconds < MAX_SECONDS and not self.left
        return printed and ended and not re.search("Traceback|Segmentation|Exception|Fatal Python", self.output)


def interrupt(arguments: Sequence[str], number: signal.Signals, moment: float, folder: Path) -> Interruption:
    """Start `python -m ARGUMENTS` in a folder and a terminal of its own, and interrupt it.

    A command that is done by then, on a fast machine, is started again and interrupted after half the time.
    """
    result = _interrupt_once(arguments, number, moment, folder)
    is_done = result.status in (0, -number) and not result.lines  # -number: while the interpreter shut down
    if not is_done or moment < MIN_MOMENT:
        return result
    (again := folder / "again").mkdir()
    return interrupt(arguments, number, moment / 2, again)


def _interrupt_once(arguments: Sequence[str], number: signal.Signals, moment: float, folder: Path) -> Interruption:
    mark = str(uuid.uuid4())
    command = (sys.executable, "-m", *arguments)
    with (
        silent_server() as port,
        terminal(*command, folder=folder, environment=environment(port) | {MARK: mark}) as opened,
    ):
        opened.wait_for_handler()
        time.sleep(moment)
        before, start = len(opened.output), time.monotonic()
        if number == signal.SIGINT:
            opened.press(CTRL_C)
        else:
            opened.process.send_signal(number)
        try:
            status = opened.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            opened.process.kill()
            status = opened.process.wait()
        seconds = time.monotonic() - start
        left = tuple(_running(f"{MARK}={mark}"))
        output = opened.read(1)
    return Interruption(number, moment, seconds, status, _lines(bytes(opened.output[before:])), output, left)


def environment(port: int) -> dict[str, str]:
    """Return an environment without accounts, where AWS does not respond."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "WANDB_", "COV_"))}
    path = os.pathsep.join((str(ROOT), str(ROOT / "functions")))
    aws = {**ENVIRONMENT, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    return kept | aws | {"PYTHONPATH": path, "TERM": "xterm-256color", "NETRC": os.devnull, "COLUMNS": "120"}


@contextmanager
def silent_server() -> Iterator[int]:
    """Listen on a port without ever responding."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def damaged_files(folder: Path) -> list[Path]:
    """Return temporary files, and JSON files that are not whole."""
    files = [file for file in folder.rglob("*") if file.is_file() and "wandb" not in file.parts]
    return [file for file in files if re.match(r"\.\d+-|\.models-", file.name) or _is_cut(file)]


def _is_cut(file: Path) -> bool:
    return file.suffix == ".json" and not file.read_text().rstrip().endswith(("}", "]"))


def _lines(output: bytes) -> tuple[str, ...]:
    text = ESCAPE.sub("", output.decode(errors="replace")).replace("^C", "")
    lines = (line.strip() for line in re.split(r"[\r\n]+", text))
    return tuple(line for line in lines if line and not PROGRESS.search(line))


def _running(mark: str) -> Iterator[str]:
    """Yield the command line of each process with the mark in its environment."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes().split(b"\0"):
                yield (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
