"""Results that the report shows: evaluation.json, predictions.json and benchmark.json."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks import schema as benchmarks
from benchmarks.schema import Benchmark
from evaluation import predictions, schema
from evaluation.json_file import ResultsError, read_json
from evaluation.predictions import Predictions
from evaluation.schema import Evaluation, read_evaluation


@dataclass(frozen=True)
class Results:
    """Content of the three files; predictions and benchmark are optional."""

    evaluation: Evaluation
    predictions: Predictions | None = None
    benchmark: Benchmark | None = None


@cache
def benchmark_adapter() -> TypeAdapter[Benchmark]:
    return TypeAdapter(Benchmark)


def read(folder: Path) -> Results:
    """Read the files of a folder. Raises ResultsError."""
    evaluation = read_evaluation(folder / schema.FILE)
    predicted = benchmark = None
    if (path := folder / predictions.FILE).is_file():
        predicted = read_json(path, predictions.adapter(), schema.COMMAND)
        check_same_models(evaluation, predicted, folder)
    if (path := folder / benchmarks.FILE).is_file():
        benchmark = read_json(path, benchmark_adapter(), benchmarks.COMMAND)
    return Results(evaluation, predicted, benchmark)


def check_same_models(evaluation: Evaluation, predicted: Predictions, folder: Path) -> None:
    """Raise ResultsError if the predictions are not those that the evaluation counts, or if a sprite is missing."""
    if not predictions.match(predicted, evaluation):
        path = folder / predictions.FILE
        raise ResultsError(f"{path} is not of the same models as {schema.FILE}. Write both again: {schema.COMMAND}")
    for name in predictions.sprite_names():
        if not (folder / name).is_file():
            raise ResultsError(f"{folder / name} is missing. Restore it, or write it again: {schema.COMMAND}")
