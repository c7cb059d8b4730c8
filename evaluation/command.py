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
from evaluation import (
    explanations,
    output,
    predictions,
    schema,
)
from evaluation.evaluate import evaluate, step_count
from evaluation.json_file import ResultsError, read_json
from evaluation.pictures import command as pictures
from evaluation.pictures.measure import COUNT, QUICK_COUNT
from evaluation.predictions import Predictions
from evaluation.samples import page_samples, reference_digits, sprites
from evaluation.schema import Evaluation, read_evaluation
from evaluation.strokes import convert, files, handwriting
from training import dataset
from training.dataset import Split
from training.files import write_text

FOLDER = Path("frontend") / "report"
QUICK_FOLDER = Path("artifacts") / "quick" / "report"
QUICK_IMAGES = 2_000
SUBCOMMANDS = {
    "handwriting": handwriting,
    "convert-strokes": convert,
    "explanations": explanations,
    "pictures": pictures,
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
    parser.add_argument(
        "--handwriting", type=Path, nargs="+", metavar="FILE", help="recorded pen strokes (evaluation/strokes/*.json)"
    )
    parser.add_argument("--out", type=Path, help=f"folder to write ({FOLDER}; {QUICK_FOLDER} with --quick)")
    parser.add_argument(
        "--quick", action="store_true", help=f"measure {QUICK_IMAGES:,} test images only, handwriting only if given"
    )
    parser.set_defaults(command=write_measurement)
    for name, module in SUBCOMMANDS.items():
        module.add_arguments(sub := commands.add_parser(name, help=module.HELP, description=module.__doc__))
        sub.set_defaults(command=module.command)
    return root.parse_args(with_default(given, commands.choices, "measure"))


def write_measurement(arguments: argparse.Namespace) -> None:
    """Run `python -m evaluation`."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    # Transient: after an error, its line stands alone.
    off = not console.is_terminal
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True, disable=off) as progress:
        data = measure(arguments, progress)
    console.print(f"Wrote {data} and {predictions.FILE}. Make the report: python -m report", soft_wrap=True)


def measure(arguments: argparse.Namespace, progress: Progress) -> Path:
    """Measure and write everything. Returns the path of evaluation.json."""
    folder: Path = arguments.out or (QUICK_FOLDER if arguments.quick else FOLDER)
    strokes: list[Path] = arguments.handwriting or ([] if arguments.quick else files.default_files())
    for file in strokes:
        files.read(file)
    output.check_folder(folder)
    task = progress.add_task("", total=step_count(strokes))
    earlier = read_earlier(folder / schema.FILE, progress.console)
    data = dataset.load(arguments.data)
    if arguments.quick:
        data = replace(data, test=data.test.first(QUICK_IMAGES))
    steps: list[str] = []

    def on_step(name: str) -> None:
        progress.update(task, completed=len(steps), description=name)
        steps.append(name)

    evaluation, predicted = evaluate(
        *(arguments.artifacts, data, strokes, on_step, arguments.bundle, earlier),
        pictures=QUICK_COUNT if arguments.quick else COUNT,
    )
    progress.update(task, completed=len(steps), description="measured")
    if evaluation["handwriting"] and not strokes:
        progress.console.print("No recorded strokes: kept the earlier handwriting results of the same models.")
    save(evaluation, predicted, data.test, folder)
    return folder / schema.FILE


def read_earlier(path: Path, console: Console) -> Evaluation | None:
    """Read the evaluation that is about to be replaced; None if it is missing or damaged."""
    if not path.exists():
        return None
    try:
        return read_evaluation(path)
    except ResultsError as error:
        console.print(f"{error}\nNone of its results is kept.", markup=False, soft_wrap=True)
        return None


def save(evaluation: Evaluation, predicted: Predictions, test: Split, folder: Path) -> None:
    """Write results and sprites beside the present ones, read them back, then replace all. Raises ResultsError."""
    with output.replaced_together(folder) as new:
        for name, content in ((schema.FILE, evaluation), (predictions.FILE, predicted)):
            write_text(new / name, json.dumps(content, separators=(",", ":")) + "\n")
        sprites.write_digits(test, new)
        sprites.write_hardest(test, predictions.highlighted(predicted), new)
        written = read_evaluation(new / schema.FILE)
        if not predictions.match(read_json(new / predictions.FILE, predictions.adapter(), schema.COMMAND), written):
            raise ResultsError(f"The predictions are not those of the evaluation: nothing in {folder} was replaced.")
