"""Classify any number of pictures by the served models: `python -m batch INPUT OUTPUT`.

INPUT is a folder or s3:// prefix (any depth), a file or a pattern: PNG, JPEG, WebP; Parquet with a column of them;
.npy, .npz and idx with pictures of 28x28. OUTPUT is a folder of Parquet files, or one file that ends in .parquet or
.csv, here or on s3://.
"""

import argparse
import os
from collections.abc import Generator
from contextlib import closing

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from batch import engines, plan, storage, summary
from batch.classify import Classifier
from batch.engines import Job
from batch.output import Output
from batch.plan import Options, Plan
from command_line import CommandError, positive
from digits.dependencies import MODEL_NAMES
from digits.errors import DigitsError
from results_console import print_results

LOCAL = "local"  # cluster of Ray


def main() -> None:
    arguments = parse()
    output = Output(storage.absolute(arguments.output))
    if arguments.resume and output.is_complete():
        print(f"{arguments.output} is finished already.")
        return
    models = MODEL_NAMES if arguments.model == "both" else [arguments.model]
    options = Options(arguments.column, arguments.label, base=os.path.join(os.getcwd(), ""))
    plan_ = plan.make(arguments.inputs, options, (output.name, output.parts_folder))
    try:
        classifier = Classifier(models, options)
    except DigitsError as error:
        raise CommandError(str(error)) from None
    finished = output.begin(plan_, classifier.versions, overwrite=arguments.overwrite, resume=arguments.resume)
    job = Job(models, classifier.versions, options, output)
    run(plan_, finished, job, arguments)
    totals = summary.Summary(models)
    for table in output.tables(summary.needed_columns(models)):
        totals.add(table)
    output.finish(classifier.schema)
    print_results(*summary.report(totals))
    print(f"{totals.pictures:,} pictures are in {arguments.output}.")


def parse() -> argparse.Namespace:
    description, formats = (__doc__ or "").split("\n\n", 1)
    parser = argparse.ArgumentParser(prog="python -m batch", description=description, epilog=formats)
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="folder, file, pattern or s3://BUCKET/PREFIX")
    parser.add_argument("output", metavar="OUTPUT", help="folder, FILE.parquet, FILE.csv or the same on s3://")
    parser.add_argument("--model", choices=[*MODEL_NAMES, "both"], default="both", help="default: %(default)s")
    parser.add_argument("--column", metavar="NAME", help="pictures in Parquet (default: image) or in an .npz")
    parser.add_argument("--label", metavar="NAME", help="labels in Parquet (default: label, if there) or in an .npz")
    parser.add_argument(
        "--cores", type=positive, default=os.process_cpu_count(), help="worker processes (default: all, %(default)s)"
    )
    parser.add_argument(
        "--ray",
        nargs="?",
        const=LOCAL,
        metavar="ADDRESS",
        help="classify on a Ray cluster: on the one at ADDRESS (such as auto or ray://HOST:10001), or a local one",
    )
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    again.add_argument("--overwrite", action="store_true", help="replace an output that exists")
    return parser.parse_args()


def run(plan_: Plan, finished: set[int], job: Job, arguments: argparse.Namespace) -> None:
    """Classify the parts that are not finished, with a progress bar."""
    parts = [part for part in plan_.parts if part.index not in finished]
    counts: Generator[int]
    if arguments.ray:
        counts = engines.on_ray(job, parts, arguments.cores, None if arguments.ray == LOCAL else arguments.ray)
    else:
        counts = engines.on_this_machine(job, parts, arguments.cores)
    done = plan_.pictures - sum(map(len, parts))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Speed(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress, closing(counts):
        task = progress.add_task("pictures", total=plan_.pictures, completed=done)
        for count in counts:
            progress.advance(task, count)


class _Speed(ProgressColumn):
    """Pictures a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")
