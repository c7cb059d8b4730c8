"""Commands in forks of one process that has imported the packages.

An interpreter of its own takes a second to import them, for a command that then runs for milliseconds.
"""

import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path

BEFORE = dict(os.environ)  # in the forked process: before the packages are imported
PACKAGES = ("benchmarks", "deploy", "evaluation", "export", "report", "server", "supply", "training")


@cache
def server() -> ForkServerContext:
    """Return the context of the process to fork. It starts with the first command, and ends with this process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *(f"{package}.command" for package in PACKAGES), "report.figures"])
    return context


def run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run `python -m ARGUMENTS`, or `python FILE.py ...`, in a folder, without input. timeout: in seconds."""
    outputs = [folder.with_name(f"{folder.name}.{name}") for name in ("stdout", "stderr")]
    process = server().Process(target=_run, args=(arguments, folder, dict(environment), outputs))
    process.start()
    process.join(timeout)
    if process.exitcode is None:
        process.kill()
        raise subprocess.TimeoutExpired([*arguments], timeout)
    return subprocess.CompletedProcess([*arguments], process.exitcode, *(path.read_text() for path in outputs))


def _run(arguments: Sequence[str], folder: Path, environment: dict[str, str], outputs: Sequence[Path]) -> None:
    for descriptor, path in enumerate(outputs, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    os.chdir(folder)
    set_by_packages = {name: value for name, value in os.environ.items() if BEFORE.get(name) != value}
    os.environ.clear()
    os.environ.update(set_by_packages | environment)
    sys.argv = [*arguments]
    if arguments[0].endswith(".py"):
        runpy.run_path(arguments[0], run_name="__main__")
    else:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
