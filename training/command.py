"""Commands of the training: `python -m training mlp|tree|all|sweep`."""

import argparse
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from command_line import CommandError
from training import checkpoints, dataset, recipes, trainer
from training.dataset import CLASSES, Mnist
from training.digit_likeness import detector, fit
from training.files import make_folder
from training.tracking import sweep
from training.tracking.progress import ProgressReporter
from training.trainer import Job, Outcome

console = Console(stderr=True)


def main() -> None:
    arguments = parse()
    arguments.command(arguments)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    helps = {"mlp": "train an MLP", "tree": "train a decision tree", "all": "train every recipe that is evaluated"}
    for name, text in helps.items():
        add_training_arguments(commands.add_parser(name, help=text, description=f"{text.capitalize()}."), name)
    likeness = commands.add_parser("likeness", help="fit only the detector of pictures that are not one digit")
    add_shared_arguments(likeness)
    likeness.set_defaults(command=train_likeness)
    sweep.add_arguments(search := commands.add_parser("sweep", help="search for hyper-parameters by sweep.yaml"))
    search.set_defaults(command=sweep.command)
    return parser.parse_args()


def add_training_arguments(parser: argparse.ArgumentParser, model: str) -> None:
    names = {"mlp": [*recipes.MLP], "tree": [*recipes.TREE], "all": [*(recipes.MLP | recipes.TREE)]}[model]
    default = recipes.DEFAULT.get(model, "each that is evaluated")
    parser.add_argument("--recipe", choices=names, help=f"default: {default}")
    add_shared_arguments(parser)
    parser.add_argument("--no-track", action="store_true", help="record no Weights & Biases run")
    parser.set_defaults(command=train, model=model)


def add_shared_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=_seed, help="of every random number (the recipe's, 42)")
    parser.add_argument("--quick", action="store_true", help="a trial: a tenth of the images, a few epochs")
    parser.add_argument("--data", type=Path, default=dataset.DATA, help="folder of the four idx files (%(default)s)")
    parser.add_argument("--download", action="store_true", help="use Keras' download of MNIST instead")
    parser.add_argument("--out", type=Path, help="output folder (artifacts, or artifacts/quick)")


def train(arguments: argparse.Namespace) -> None:
    """Train the chosen recipes with one progress display, each recorded as a run, and print their metrics."""
    out = output_folder(arguments)
    jobs = select_jobs(arguments)
    make_folder(out)
    data = read_data(arguments)
    start, group = time.monotonic(), time.strftime("training-%Y%m%d-%H%M%S")
    outcomes = []
    with ProgressReporter(console, jobs, group, not arguments.no_track) as reporter:
        for outcome in trainer.train(jobs, data, out, reporter.step, {"group": group}):
            reporter.finish(outcome, data)
            outcomes.append(outcome)
    for outcome in outcomes:
        print_outcome(outcome)
    fit_detectors([job.recipe for job in jobs if job.kind == "mlp"], data, out, arguments)
    console.print(f"{len(outcomes)} trained in {time.monotonic() - start:.0f} s")


def train_likeness(arguments: argparse.Namespace) -> None:
    """Fit the detector, and write it beside every MLP of the recipes that have its input transform."""
    out = output_folder(arguments)
    make_folder(out)
    fit_detectors([*recipes.MLP], read_data(arguments), out, arguments)


def fit_detectors(names: Sequence[str], data: Mnist, out: Path, arguments: argparse.Namespace) -> None:
    """Fit one detector for each input transform of the MLP recipes; a recipe without one has no detector."""
    settings = detector.QUICK if arguments.quick else detector.Settings()
    settings = settings if arguments.seed is None else replace(settings, seed=arguments.seed)
    for transform in dict.fromkeys(recipes.MLP[name].transform for name in names):
        if transform is None:
            continue
        with Progress(console=console) as progress:
            task = progress.add_task("digit likeness", total=fit.steps(settings))
            fitted = fit.fit(settings, transform, data, partial(progress.advance, task))
        for name in names:
            if recipes.MLP[name].transform == transform:
                detector.save(fitted, path := checkpoints.detector_path(name, out))
                console.print(f"{path}: AUROC {fitted.metrics['auroc']:.4f}", soft_wrap=True)


def output_folder(arguments: argparse.Namespace) -> Path:
    """Return the folder of the trained models. Quick ones are poor: their own folder keeps them from being exported."""
    return arguments.out or checkpoints.ARTIFACTS / ("quick" if arguments.quick else "")


def read_data(arguments: argparse.Namespace) -> Mnist:
    data = dataset.download() if arguments.download else dataset.load(arguments.data)
    return data.subset(trainer.QUICK_IMAGES) if arguments.quick else data


def select_jobs(arguments: argparse.Namespace) -> list[Job]:
    """Return the jobs that the command line names. Exits for a recipe that a kind does not have."""
    if arguments.model == "all" and arguments.recipe is None:
        return [replace(job, seed=arguments.seed) for job in trainer.evaluated_jobs(arguments.quick)]
    kinds = ["mlp", "tree"] if arguments.model == "all" else [arguments.model]
    jobs = [Job(kind, arguments.recipe or recipes.DEFAULT[kind], arguments.quick, arguments.seed) for kind in kinds]
    for job in jobs:
        names = recipes.MLP if job.kind == "mlp" else recipes.TREE
        if job.recipe not in names:
            raise CommandError(f"{job.kind} has no recipe {job.recipe!r}. Choose from: {', '.join(names)}")
    return jobs


def print_outcome(outcome: Outcome) -> None:
    """Print the metrics on the test images, and the confusion matrix."""
    m = outcome.report["metrics"]
    figures = ", ".join(f"{name} {m[name]:.2%}" for name in ("accuracy", "precision", "recall", "f1"))
    console.print(
        f"\n[bold]{outcome.path}[/bold]: {figures} on {m['images']:,} test images, {outcome.report['seconds']} s"
    )
    table = Table("true \\ predicted", *map(str, range(CLASSES)), box=None)
    for digit, row in enumerate(m["confusion_matrix"]):
        table.add_row(f"[bold]{digit}", *(f"[green]{n}" if i == digit else str(n or "·") for i, n in enumerate(row)))
    console.print(table)


def _seed(text: str) -> int:
    with suppress(ValueError):
        if 0 <= (seed := int(text)) < 2**32:  # numpy's limit
            return seed
    raise argparse.ArgumentTypeError(f"{text!r} is not a seed: give an integer from 0 to {2**32 - 1}")
