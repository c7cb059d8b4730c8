"""A folder comes in; what was measured goes out, whole and sound: of the models, of each image, of serving."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from benchmarks.schema import Benchmark
from evaluation import predictions, schema, sprites
from evaluation.predictions import ANSWERS
from training.dataset import CLASSES, Split
from training.files import write_text

EVALUATION, BENCHMARK = "evaluation.json", "benchmark.json"
EVALUATE, BENCH = "python -m training evaluate", "make bench"
SHAPES: Mapping[str, Any] = {
    EVALUATION: schema.Evaluation,
    ANSWERS: schema.Answers,
    BENCHMARK: Benchmark,
}

type Evaluation = dict[str, Any]


class RecordError(Exception):
    """What was measured is missing, damaged, or of other models; the message says what to do."""


def read(folder: Path) -> Evaluation:
    """What was measured of the models; as `answers` and `benchmark`, of each image and of serving, if it was.

    Raises RecordError.
    """
    evaluation = read_one(folder / EVALUATION)
    for name in (ANSWERS, BENCHMARK):
        if (folder / name).is_file():
            evaluation[name.removesuffix(".json")] = read_one(folder / name)
    if "answers" in evaluation:
        agree(evaluation, folder)
    return evaluation


def read_one(path: Path) -> dict[str, Any]:
    """One of the files, sound in form. Raises RecordError."""
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        raise RecordError(f"{path} is missing. Measure: {_command(path)}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise RecordError(f"{path} is no JSON ({error}). Restore it, or measure anew: {_command(path)}") from error
    check(found, path)
    return found


def check(found: Any, path: Path) -> None:
    """Raises RecordError where a file of this name should not have this content; names the first such place."""
    try:
        _adapter(path.name).validate_python(found, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        what = first["msg"].removeprefix("Value error, ")
        fault = f"{place}: {what[:1].lower()}{what[1:]}"
        raise RecordError(f"{path} is damaged ({fault}). Restore it, or measure anew: {_command(path)}") from error


def agree(evaluation: Evaluation, folder: Path) -> None:
    """Raises RecordError where the answers are not those that the evaluation counts, or the images are missing."""
    given = evaluation["answers"]
    for kind, model in evaluation["models"].items():
        one = given["models"][kind]
        lengths = {len(given["labels"]), len(one["answers"]), len(one["sure"])}
        if (
            one["sha256"] != model["sha256"]
            or lengths != {evaluation["images"]}
            or set(one["truth"]) != set(map(str, np.flatnonzero(predictions.wrong(given, kind)).tolist()))
            or predictions.confusion(given, kind) != model["metrics"]["confusion_matrix"]
        ):
            raise RecordError(f"{folder / ANSWERS} is not of the same models as {EVALUATION}. Measure anew: {EVALUATE}")
    missing = [name for name in map(sprites.name, range(CLASSES)) if not (folder / name).is_file()]
    if missing:
        raise RecordError(f"{folder / missing[0]} is missing. Restore it, or measure anew: {EVALUATE}")


def save(evaluation: Evaluation, test: Split, folder: Path) -> None:
    """Write what was measured of the models and of each image, and the images. `answers` goes to a file of its own."""
    whole = {name: part for name, part in evaluation.items() if name != "answers"}
    for name, part in ((EVALUATION, whole), (ANSWERS, evaluation["answers"])):
        write_text(folder / name, json.dumps(part, separators=(",", ":")) + "\n")
    sprites.write_digits(test, folder)


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(SHAPES[name])


def _command(path: Path) -> str:
    return BENCH if path.name == BENCHMARK else EVALUATE
