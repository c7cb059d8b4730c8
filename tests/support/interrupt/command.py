"""Interrupt every long command in a pseudo-terminal, and print the moments, lines and seconds."""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from rich.table import Table

from command_line import positive
from results_console import print_results
from tests.support.artifact import build
from tests.support.interrupt.terminal import Interruption, environment, interrupt
from tests.support.template import ROOT

IMPORTS, WORK = (0.0, 1.5), (2.0, 8.0)  # seconds; the ranges of the moments
TRAINED, BUILT = "TRAINED", "BUILT"  # in place of the folders of `train` and `build`
COMMANDS = {
    "training mlp": ("training", "mlp"),
    "training tree": ("training", "tree", "--no-track"),
    "training all": ("training", "all"),
    "training sweep": ("training", "sweep", "--offline", "--config", str(ROOT / "sweep.yaml")),
    "export": ("export", "--artifacts", TRAINED, "--out", "models"),
    "export publish": ("export", "publish"),
    "evaluation": ("evaluation",),
    "evaluation explanations": ("evaluation", "explanations"),
    "report": ("report", "--out", str(ROOT / "frontend")),
    "benchmarks": ("benchmarks", "--quick"),
    "benchmarks scale": ("benchmarks", "scale"),
    "batch": ("batch", str(ROOT / "training" / "data"), "answers"),
    "supply sbom": ("supply", "sbom", BUILT),
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


def moments(command: str, seed: int = 0) -> list[tuple[signal.Signals, float]]:
    """Draw when to interrupt a command, and by which signal: once in its imports, once in its work."""
    chance = random.Random(f"{command} {seed}")
    signals = chance.sample([signal.SIGINT, signal.SIGTERM], 2)
    return [(number, chance.uniform(*span)) for number, span in zip(signals, (IMPORTS, WORK), strict=True)]


def train(folder: Path) -> None:
    """Train the models that the export needs."""
    for kind in ("mlp", "tree"):
        command = [sys.executable, "-m", "training", kind, "--quick", "--no-track", "--out", str(folder)]
        subprocess.run(command, cwd=folder, env=environment(0), check=True, capture_output=True)


def interrupt_twice(name: str, folder: Path, places: Mapping[str, Path], seed: int = 0) -> list[Interruption]:
    """Interrupt a command at both of its moments, at the same time, each in its own folder.

    places: the folders that TRAINED and BUILT stand for
    """
    arguments = [str(places.get(word, word)) for word in COMMANDS[name]]
    drawn: list[tuple[signal.Signals, float]] = moments(name, seed)
    folders = [folder / number.name for number, _ in drawn]
    for each in folders:
        each.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        started = [pool.submit(interrupt, arguments, *when, where) for when, where in zip(drawn, folders, strict=True)]
        return [each.result() for each in started]


def rows(name: str, interruptions: Sequence[Interruption]) -> Iterator[tuple[str, ...]]:
    for each in interruptions:
        figures = (f"{each.moment:.1f} s", each.signal.name, str(each.status), f"{each.seconds:.2f} s")
        yield (name, *figures, "yes" if each.is_clean() else "NO", " | ".join(each.lines))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.interrupt", description=__doc__)
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help=f"of: {', '.join(COMMANDS)} (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: %(default)s)")
    parser.add_argument("--rounds", type=positive, default=1, help="pairs of moments (default: %(default)s)")
    arguments = parser.parse_args()
    if unknown := set(arguments.commands) - set(COMMANDS):
        parser.error(f"there is no command {', '.join(sorted(unknown))}: choose of {', '.join(COMMANDS)}")
    table = Table("command", "moment", "signal", "status", "ended in", "clean", "lines")
    names = arguments.commands or [*COMMANDS]
    with tempfile.TemporaryDirectory() as folder:
        places = {TRAINED: Path(folder, "trained"), BUILT: Path(folder, "built")}
        if "export" in names:
            places[TRAINED].mkdir()
            train(places[TRAINED])
        if "supply sbom" in names:
            build(places[BUILT])
        for name, seed in product(names, range(arguments.seed, arguments.seed + arguments.rounds)):
            for row in rows(name, interrupt_twice(name, Path(folder, f"{name} {seed}"), places, seed)):
                table.add_row(*row)
    print_results(table)
