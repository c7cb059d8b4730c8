"""Train the network, the tree or both: `python -m training mlp|tree|all [--recipe NAME] [--quick]`."""

import argparse
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from training import artifacts, dataset, recipes
from training.dataset import CLASSES, DataError, Mnist
from training.metrics import metrics

QUICK_IMAGES, QUICK_EPOCHS = 6_000, 4  # the whole line in under a minute; the models are poor

console = Console(stderr=True)


@dataclass(frozen=True)
class Job:
    """One model to train by one recipe, at full length or quickly."""

    kind: str
    recipe: str
    quick: bool

    @property
    def steps(self) -> int:
        """What the progress bar counts: epochs of the network, sets of images of the tree."""
        recipe = self.settings()
        return recipe.epochs if isinstance(recipe, recipes.MlpRecipe) else recipe.copies + 1

    def settings(self) -> recipes.MlpRecipe | recipes.TreeRecipe:
        if self.kind == "mlp":
            recipe = recipes.MLP[self.recipe]
            return replace(recipe, epochs=min(recipe.epochs, QUICK_EPOCHS)) if self.quick else recipe
        return recipes.TREE[self.recipe]


def main() -> None:
    arguments = parse()
    chosen = jobs(arguments)
    try:
        data = dataset.download() if arguments.download else dataset.load(arguments.data)
    except DataError as error:
        sys.exit(str(error))
    if arguments.quick:
        data = data.subset(QUICK_IMAGES)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} {task.fields[note]}"),
    )
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        reports = [run(job, data, arguments.out, progress) for job in chosen]
    for report in reports:
        show(report)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("model", choices=["mlp", "tree", "all"])
    defaults = ", ".join(f"{recipe} for {kind}" for kind, recipe in recipes.DEFAULT.items())
    parser.add_argument("--recipe", help=f"default: {defaults}", choices=sorted(recipes.MLP | recipes.TREE))
    parser.add_argument("--quick", action="store_true", help="a tenth of the images, a few epochs: to try the line")
    parser.add_argument("--data", type=Path, default=dataset.DATA, help="folder of the four idx files (%(default)s)")
    parser.add_argument("--download", action="store_true", help="take MNIST by Keras' own download instead")
    parser.add_argument("--out", type=Path, help="folder to write to (artifacts, or artifacts/quick)")
    arguments = parser.parse_args()
    # What is trained quickly is poor: it never takes the place of what is exported.
    arguments.out = arguments.out or artifacts.ARTIFACTS / ("quick" if arguments.quick else "")
    return arguments


def jobs(arguments: argparse.Namespace) -> list[Job]:
    kinds = ["mlp", "tree"] if arguments.model == "all" else [arguments.model]
    chosen = [Job(kind, arguments.recipe or recipes.DEFAULT[kind], arguments.quick) for kind in kinds]
    for job in chosen:
        known = recipes.MLP if job.kind == "mlp" else recipes.TREE
        if job.recipe not in known:
            sys.exit(f"{job.kind} has no recipe {job.recipe!r}. Choose from: {', '.join(known)}")
    return chosen


def run(job: Job, data: Mnist, out: Path, progress: Progress) -> dict[str, Any]:
    """Train, evaluate on the test images, write. Returns the report."""
    task = progress.add_task(f"{job.kind} {job.recipe}", total=job.steps, note="")
    start = time.monotonic()
    recipe = job.settings()
    report: dict[str, Any] = {"quick": job.quick, "images": len(data.train)}
    model: Any
    if isinstance(recipe, recipes.MlpRecipe):
        from training import mlp  # seconds to import; a tree needs none of it

        def on_epoch(logs: dict[str, float]) -> None:
            progress.update(task, advance=1, note=f"validation {logs['val_accuracy']:.2%}")

        model, report["history"] = (trained := mlp.train(recipe, data, on_epoch)).model, trained.history
        probabilities = model.predict(data.test.images, batch_size=1_000, verbose=0)
    else:
        from training import tree

        model = tree.train(recipe, data, lambda: progress.update(task, advance=1))
        probabilities = model.probabilities(data.test.images)
        report["leaves"], report["depth"] = int(model.fitted.get_n_leaves()), int(model.fitted.get_depth())
    progress.update(task, total=progress.tasks[task].completed)  # it may have stopped early
    report |= {"metrics": metrics(data.test.labels, probabilities), "seconds": round(time.monotonic() - start)}
    path = artifacts.save(job.kind, job.recipe, model, report, out)
    return {"path": str(path), **report}


def show(report: dict[str, Any]) -> None:
    """Print the figures on the test images, and the confusion matrix."""
    m = report["metrics"]
    figures = ", ".join(f"{name} {m[name]:.2%}" for name in ("accuracy", "precision", "recall", "f1"))
    console.print(f"\n[bold]{report['path']}[/bold]: {figures} on {m['images']:,} test images, {report['seconds']} s")
    table = Table("true \\ answer", *map(str, range(CLASSES)), box=None)
    for digit, row in enumerate(m["confusion_matrix"]):
        table.add_row(f"[bold]{digit}", *(f"[green]{n}" if i == digit else str(n or "·") for i, n in enumerate(row)))
    console.print(table)


if __name__ == "__main__":
    main()
