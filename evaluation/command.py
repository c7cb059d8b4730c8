"""Commands of the evaluation: `python -m evaluation` measures the models; `--help` lists the others."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from command_line import with_default
from digits.registry import BUNDLE
from evaluation import explanations, handwriting, page_samples, predictions, reference_digits, schema, sprites
from evaluation.evaluate import evaluate, same_models, step_count
from evaluation.predictions import Predictions
from evaluation.schema import Evaluation, ResultsError, read_evaluation
from training import dataset
from training.dataset import Split
from training.files import write_text

FOLDER = Path("frontend") / "report"
QUICK_IMAGES = 2_000
SUBCOMMANDS = {
    "handwriting": handwriting,
    "explanations": explanations,
    "page-samples": page_samples,
    "reference-digits": reference_digits,
}


def main() -> None:
    arguments = parse(sys.argv[1:])
    arguments.command(arguments)


def parse(given: list[str]) -> argparse.Namespace:
    root = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    parser = commands.add_parser(
        "measure", help=f"measure every exported model, write {schema.FILE} (the default command)"
    )
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"), help="exported recipes (%(default)s)")
    parser.add_argument("--data", type=Path, default=dataset.DATA, help="folder of the MNIST files (%(default)s)")
    parser.add_argument("--bundle", type=Path, default=Path(BUNDLE), help="served models (functions/digits/models)")
    parser.add_argument("--handwriting", type=Path, nargs="+", default=[], metavar="FILE", help="recorded pen strokes")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write (%(default)s)")
    parser.add_argument("--quick", action="store_true", help=f"measure {QUICK_IMAGES:,} test images only")
    parser.set_defaults(command=write_measurement)
    for name, module in SUBCOMMANDS.items():
        module.add_arguments(sub := commands.add_parser(name, help=module.HELP, description=module.__doc__))
        sub.set_defaults(command=module.command)
    return root.parse_args(with_default(given, commands.choices, "measure"))


def write_measurement(arguments: argparse.Namespace) -> None:
    """Run `python -m evaluation`."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        data = measure(arguments, progress)
    console.print(f"Wrote {data} and {predictions.FILE}. Make the report: python -m report")


def measure(arguments: argparse.Namespace, progress: Progress) -> Path:
    """Measure and write everything. Returns the path of evaluation.json."""
    task = progress.add_task("", total=step_count(arguments.handwriting))
    path: Path = arguments.out / schema.FILE
    earlier = read_earlier(path, progress.console)
    data = dataset.load(arguments.data)
    if arguments.quick:
        data = replace(data, test=data.test.first(QUICK_IMAGES))
    steps: list[str] = []

    def on_step(name: str) -> None:
        progress.update(task, completed=len(steps), description=name)
        steps.append(name)

    evaluation, predicted = evaluate(
        arguments.artifacts, data, arguments.handwriting, on_step, arguments.bundle, earlier
    )
    progress.update(task, completed=len(steps), description="measured")
    if earlier and earlier["handwriting"] and not arguments.handwriting and same_models(earlier, evaluation):
        evaluation["handwriting"] = earlier["handwriting"]
        progress.console.print("No --handwriting: kept the earlier results of the same models.")
    save(evaluation, predicted, data.test, arguments.out)
    return path


def read_earlier(path: Path, console: Console) -> Evaluation | None:
    """Read the evaluation that is about to be replaced; None if it is missing or damaged."""
    if not path.is_file():
        return None
    try:
        return read_evaluation(path)
    except ResultsError as error:
        console.print(f"{error}\nIts handwriting results and training records are not kept.", markup=False)
        return None


def save(evaluation: Evaluation, predicted: Predictions, test: Split, folder: Path) -> None:
    """Write the results and the sprites of the test images."""
    for name, content in ((schema.FILE, evaluation), (predictions.FILE, predicted)):
        write_text(folder / name, json.dumps(content, separators=(",", ":")) + "\n")
    sprites.write_digits(test, folder)
    sprites.write_hardest(test, predictions.highlighted(predicted), folder)
