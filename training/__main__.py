"""Train, evaluate or search: `python -m training mlp|tree|all|evaluate|sweep`, each with `--help`."""

import argparse
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from training import checkpoints, dataset, recipes, trainer
from training.dataset import CLASSES, DataError
from training.tracking import sweep, wandb_run
from training.trainer import Job, Outcome

console = Console(stderr=True)


def main() -> None:
    arguments = parse()
    try:
        arguments.command(arguments)
    except DataError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        console.print("Stopped. What had been trained to its end is kept.")
        sys.exit(130)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, what in (("mlp", "train a network"), ("tree", "train a tree"), ("all", "train every recipe compared")):
        _training(commands.add_parser(name, help=what, description=f"{what.capitalize()}."), name)
    sweep.add_arguments(search := commands.add_parser("sweep", help="search for settings, as sweep.yaml says"))
    search.set_defaults(command=sweep.command)
    return parser.parse_args()


def _training(parser: argparse.ArgumentParser, model: str) -> None:
    known = {"mlp": [*recipes.MLP], "tree": [*recipes.TREE], "all": [*(recipes.MLP | recipes.TREE)]}[model]
    default = recipes.DEFAULT.get(model, "each that the evaluation compares")
    parser.add_argument("--recipe", choices=known, help=f"default: {default}")
    parser.add_argument("--quick", action="store_true", help="a tenth of the images, a few epochs: to try the line")
    parser.add_argument("--data", type=Path, default=dataset.DATA, help="folder of the four idx files (%(default)s)")
    parser.add_argument("--download", action="store_true", help="take MNIST by Keras' own download instead")
    parser.add_argument("--out", type=Path, help="folder to write to (artifacts, or artifacts/quick)")
    parser.add_argument("--no-track", action="store_true", help="record no Weights & Biases run")
    parser.set_defaults(command=train, model=model)


def train(arguments: argparse.Namespace) -> None:
    """Train what is asked for, in one display; record each training as a run; print what came of it."""
    # What is trained quickly is poor: it never takes the place of what is exported.
    out = arguments.out or checkpoints.ARTIFACTS / ("quick" if arguments.quick else "")
    chosen = choose(arguments)
    data = dataset.download() if arguments.download else dataset.load(arguments.data)
    if arguments.quick:
        data = data.subset(trainer.QUICK_IMAGES)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"{out} cannot be made ({error.strerror}). Give another folder: --out DIR")
    start, group = time.monotonic(), time.strftime("training-%Y%m%d-%H%M%S")
    with Board(chosen, group, not arguments.no_track) as board:
        done = []
        for outcome in trainer.train(chosen, data, out, board.step, {"group": group}):
            board.done(outcome, data.test.labels)
            done.append(outcome)
    for outcome in done:
        show(outcome)
    console.print(f"{len(done)} trained in {time.monotonic() - start:.0f} s")


def choose(arguments: argparse.Namespace) -> list[Job]:
    if arguments.model == "all" and arguments.recipe is None:
        return trainer.evaluated(arguments.quick)
    kinds = ["mlp", "tree"] if arguments.model == "all" else [arguments.model]
    chosen = [Job(kind, arguments.recipe or recipes.DEFAULT[kind], arguments.quick) for kind in kinds]
    for job in chosen:
        known = recipes.MLP if job.kind == "mlp" else recipes.TREE
        if job.recipe not in known:
            sys.exit(f"{job.kind} has no recipe {job.recipe!r}. Choose from: {', '.join(known)}")
    return chosen


class Board:
    """Where all trainings are seen at once: a bar on the screen and a run in Weights & Biases each."""

    def __init__(self, chosen: list[Job], group: str, track: bool) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} {task.fields[note]}"),
        )
        self._progress = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console)
        self._tasks: dict[Job, TaskID] = {
            job: self._progress.add_task(job.name, total=job.steps, start=False, note="") for job in chosen
        }
        self._group, self._track = group, track
        self._runs: dict[Job, tuple[wandb_run.Run, ExitStack]] = {}
        self._open = ExitStack()
        self._lock = Lock()  # steps of a tree arrive from a thread

    def __enter__(self) -> "Board":
        self._open.enter_context(self._progress)
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def step(self, job: Job, figures: Mapping[str, float]) -> None:
        note = f"validation {figures['val_accuracy']:.2%}" if "val_accuracy" in figures else ""
        self._progress.start_task(self._tasks[job])
        self._progress.update(self._tasks[job], advance=1, note=note)
        run, _ = self._run(job)
        if figures:
            run.log(figures)

    def done(self, outcome: Outcome, labels: dataset.Labels) -> None:
        task = self._tasks[outcome.job]
        self._progress.update(task, total=self._progress.tasks[task].completed)  # it may have stopped early
        self._progress.stop_task(task)
        run, stack = self._run(outcome.job)
        summary = {name: outcome.report[name] for name in ("seconds", "leaves", "depth") if name in outcome.report}
        run.summarize(summary | outcome.report["metrics"])
        run.curves(labels, outcome.probabilities)
        stack.close()

    def _run(self, job: Job) -> tuple[wandb_run.Run, ExitStack]:
        with self._lock:
            if job not in self._runs:
                stack = self._open.enter_context(ExitStack())
                config = {"model": job.kind, "recipe": job.recipe, "quick": job.quick, **vars(job.settings())}
                tracked = wandb_run.track(
                    config | {"tools": checkpoints.tools(job.kind)},
                    name=job.name,
                    job="quick" if job.quick else "train",
                    group=self._group,
                    enabled=self._track,
                    say=partial(console.print, soft_wrap=True, markup=False, highlight=False),
                )
                self._runs[job] = stack.enter_context(tracked), stack
            return self._runs[job]


def show(outcome: Outcome) -> None:
    """Print the figures on the test images, and the confusion matrix."""
    m = outcome.report["metrics"]
    figures = ", ".join(f"{name} {m[name]:.2%}" for name in ("accuracy", "precision", "recall", "f1"))
    console.print(
        f"\n[bold]{outcome.path}[/bold]: {figures} on {m['images']:,} test images, {outcome.report['seconds']} s"
    )
    table = Table("true \\ answer", *map(str, range(CLASSES)), box=None)
    for digit, row in enumerate(m["confusion_matrix"]):
        table.add_row(f"[bold]{digit}", *(f"[green]{n}" if i == digit else str(n or "·") for i, n in enumerate(row)))
    console.print(table)


if __name__ == "__main__":
    main()
