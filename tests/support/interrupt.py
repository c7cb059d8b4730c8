"""Interruption of a command in a pseudo-terminal, by Ctrl-C or SIGTERM at a given moment.

`python -m tests.support.interrupt` interrupts every long command, and prints the moments, lines and seconds.
"""

import argparse
import os
import pty
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from rich.table import Table

from command_line import positive, run
from results_console import print_results
from tests.support.deploy.cloud import ENVIRONMENT
from tests.support.template import ROOT

CTRL_C = b"\x03"
MAX_SECONDS = 3  # from the signal to the end
IMPORTS, WORK = (0.2, 1.5), (2.0, 7.0)  # seconds; the ranges of the moments
TIMEOUT = 30  # seconds until the test kills a command that does not end
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
PROGRESS = re.compile("[━\u2800-\u28ff]|^simulat")  # bars and spinners
COMMANDS = {
    "training mlp": ("training", "mlp"),
    "training tree": ("training", "tree", "--no-track"),
    "training all": ("training", "all"),
    "training sweep": ("training", "sweep", "--offline"),
    "export": ("export", "--artifacts", "trained"),
    "export publish": ("export", "publish"),
    "evaluation": ("evaluation",),
    "evaluation explanations": ("evaluation", "explanations"),
    "report": ("report", "--out", str(ROOT / "frontend" / "report")),
    "benchmarks": ("benchmarks", "--quick"),
    "benchmarks scale": ("benchmarks", "scale"),
    "supply sbom": ("supply", "sbom", str(ROOT / ".aws-sam" / "build")),
    "deploy": ("deploy", "--built", str(ROOT / "template.yaml")),
    "deploy smoke": ("deploy", "smoke", "http://127.0.0.1:9"),
    "soak": ("tests.support.soak",),
    "reload_stress": ("tests.support.reload_stress",),
    "deploy rehearsal": ("tests.support.deploy",),
    "contract": ("tests.support.contract",),
    "fuzz": ("tests.support.fuzz",),
    "fuzz decoder": ("tests.support.fuzz", "decoder"),
    "audits replay": ("tests.support.audits", "replay"),
}


@dataclass(frozen=True)
class Interruption:
    """What a command did after a signal."""

    signal: signal.Signals
    moment: float  # seconds from the start
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


def moments(command: str, seed: int = 0) -> list[tuple[signal.Signals, float]]:
    """Draw when to interrupt a command, and by which signal: once in its imports, once in its work."""
    chance = random.Random(f"{command} {seed}")
    signals = chance.sample([signal.SIGINT, signal.SIGTERM], 2)
    return [(number, chance.uniform(*span)) for number, span in zip(signals, (IMPORTS, WORK), strict=True)]


def interrupt(arguments: Sequence[str], number: signal.Signals, moment: float, folder: Path) -> Interruption:
    """Start `python -m ARGUMENTS` in a folder and a terminal of its own, and interrupt it."""
    mark = f"DIGITS_INTERRUPTED={uuid.uuid4()}"
    terminal, end = pty.openpty()
    with silent_server() as port:
        command = ["setsid", "--ctty", "env", mark, sys.executable, "-m", *arguments]
        process = subprocess.Popen(
            command, cwd=folder, env=environment(port), stdin=end, stdout=end, stderr=end, close_fds=True
        )
        os.close(end)
        output = bytearray()
        reader = Thread(target=_read, args=(terminal, output), daemon=True)
        reader.start()
        time.sleep(moment)
        before, start = len(output), time.monotonic()
        if number == signal.SIGINT:
            os.write(terminal, CTRL_C)
        else:
            process.send_signal(number)
        try:
            status = process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        seconds = time.monotonic() - start
        left = tuple(_running(mark))
    reader.join(1)
    os.close(terminal)
    return Interruption(number, moment, seconds, status, _lines(output[before:]), output.decode(errors="replace"), left)


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


def _read(terminal: int, output: bytearray) -> None:
    try:
        while data := os.read(terminal, 65_536):
            output += data
    except OSError:
        return  # the last process has closed the terminal


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


def interrupt_twice(name: str, folder: Path, seed: int = 0) -> list[Interruption]:
    """Interrupt a command at both of its moments, at the same time, each in its own folder."""
    drawn: list[tuple[signal.Signals, float]] = moments(name, seed)
    folders = [folder / number.name for number, _ in drawn]
    for each in folders:
        each.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        started = [
            pool.submit(interrupt, COMMANDS[name], *when, where) for when, where in zip(drawn, folders, strict=True)
        ]
        return [each.result() for each in started]


def rows(results: Mapping[str, Sequence[Interruption]]) -> Iterator[tuple[str, ...]]:
    for name, interruptions in results.items():
        for each in interruptions:
            line = " | ".join(each.lines)
            figures = (f"{each.moment:.1f} s", each.signal.name, str(each.status), f"{each.seconds:.2f} s")
            yield (name, *figures, "yes" if each.is_clean() else "NO", line)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.interrupt", description=__doc__)
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help=f"of: {', '.join(COMMANDS)} (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: %(default)s)")
    parser.add_argument("--rounds", type=positive, default=1, help="pairs of moments (default: %(default)s)")
    arguments = parser.parse_args()
    if unknown := set(arguments.commands) - set(COMMANDS):
        parser.error(f"there is no command {', '.join(sorted(unknown))}: choose of {', '.join(COMMANDS)}")
    table = Table("command", "moment", "signal", "status", "ended in", "clean", "lines")
    for name in arguments.commands or COMMANDS:
        for seed in range(arguments.seed, arguments.seed + arguments.rounds):
            with tempfile.TemporaryDirectory() as folder:
                for row in rows({name: interrupt_twice(name, Path(folder), seed)}):
                    table.add_row(*row)
    print_results(table)


if __name__ == "__main__":
    run("tests.support.interrupt")
