"""Validation of the result files, on damaged copies of the committed ones."""

import copy
import functools
import json
import operator
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from benchmarks import schema as benchmarks
from evaluation import predictions, schema
from evaluation.json_file import ResultsError, validate
from report import build, results
from report.command import FOLDER

type Place = tuple[str | int, ...]  # names and indices that lead to a part of a JSON

RESULTS = results.read(FOLDER)
DAMAGES: tuple[Any, ...] = (None, "a word", [], -1)
ADAPTERS: dict[str, TypeAdapter[Any]] = {
    schema.FILE: schema.adapter(),
    predictions.FILE: predictions.adapter(),
    benchmarks.FILE: results.benchmark_adapter(),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in (*FOLDER.glob("*.json"), *FOLDER.glob("*.webp")):
        shutil.copy(path, tmp_path)
    return tmp_path


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    """Yield every place in a JSON; of a list, and of a dictionary with many keys, the first one."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in list(value.items())[: 30 if len(value) < 30 else 1]:
            yield from places(inner, (*path, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


def put(content: Any, place: Place, value: Any) -> None:
    """Replace the value at a place. None: remove it."""
    part = container(content, place)
    if value is None:
        del part[place[-1]]
    else:
        part[place[-1]] = value


def container(content: Any, place: Place) -> Any:
    """Return the list or object that holds the place."""
    return functools.reduce(operator.getitem, place[:-1], content)


@contextmanager
def damaged(content: dict[str, Any], place: Place, value: Any) -> Iterator[None]:
    """Context in which the content has another value at the place, or none."""
    part = container(content, place)
    kept = part.copy()
    put(content, place, value)
    yield
    part.clear()
    part.extend(kept) if isinstance(part, list) else part.update(kept)


def together(places: Iterable[Place]) -> list[list[Place]]:
    """Divide places into batches. In a batch no place is within another, and no two are parts of the same."""
    batches: list[list[Place]] = []
    for place in places:
        apart = (batch for batch in batches if not any(is_near(place, other) for other in batch))
        if (batch := next(apart, None)) is None:
            batches.append(batch := [])
        batch.append(place)
    return batches


def is_near(place: Place, other: Place) -> bool:
    return place[: len(other)] == other or place[:-1] == other[:-1]


@pytest.mark.parametrize("name", ADAPTERS)
@pytest.mark.parametrize("text", ["", '{"models": {', "[]", "null", "{}", "\ufeff{}"])
def test_truncated_file_raises_one_line_error(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(ResultsError) as error:
        results.read(folder)
    message = str(error.value)
    assert message.startswith(f"{folder / name} is ")
    command = "make bench" if name == benchmarks.FILE else "python -m evaluation"
    assert message.endswith(f"Restore it, or write it again: {command}")
    assert "\n" not in message


def test_missing_file_raises_error_with_command(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"evaluation\.json is missing. Write it: python -m evaluation"):
        results.read(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ADAPTERS)
def test_damage_is_rejected_or_harmless(name: str) -> None:
    """Remove or replace each part: the file is rejected, or the page can be rendered all the same.

    The page is rendered with all accepted values of one kind at once.
    """
    content = json.loads((FOLDER / name).read_text())
    field = name.removesuffix(".json")
    rejected = []
    for value in DAMAGES:
        accepted = []
        for place in [*places(content)]:
            with damaged(content, place, value):
                try:
                    validate(content, ADAPTERS[name], FOLDER / name, "a command")
                    whole: Any = replace(RESULTS, **{field: content})
                    assert whole.predictions is not None
                    if name != benchmarks.FILE:
                        results.check_same_models(whole.evaluation, whole.predictions, FOLDER)
                except ResultsError as error:
                    rejected.append(str(error))
                else:
                    accepted.append(place)
        for batch in together(accepted):
            changed = copy.deepcopy(content)
            for place in batch:
                put(changed, place, value)
            validate(changed, ADAPTERS[name], FOLDER / name, "a command")
            build.html(replace(RESULTS, **{field: changed}), {})
    assert len(rejected) > 50
    assert not [message for message in rejected if "again: " not in message or "\n" in message]


def test_error_names_place_of_damage(folder: Path) -> None:
    evaluation = json.loads((folder / schema.FILE).read_text())
    evaluation["models"]["tree"]["metrics"]["confusion_matrix"][3][4] = "many"
    (folder / schema.FILE).write_text(json.dumps(evaluation))
    with pytest.raises(ResultsError, match=r"\(models\.tree\.metrics\.confusion_matrix\.3\.4: input should be a valid"):
        results.read(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda published: published["models"]["tree"].update(sha256="0" * 64),
        lambda published: published.update(labels=published["labels"][:-1]),
        lambda published: published.update(labels=published["labels"][::-1]),
        lambda published: published["models"]["mlp"]["confidence"].pop(),
        lambda published: published["models"]["mlp"]["true_class_probability"].update({"10000": 1}),
    ],
    ids=["sha256", "length", "order", "confidence", "index"],
)
def test_predictions_of_other_models_are_rejected(folder: Path, change: Any) -> None:
    path = folder / predictions.FILE
    published = json.loads(path.read_text())
    change(published)
    path.write_text(json.dumps(published))
    with pytest.raises(ResultsError, match="not of the same models"):
        results.read(folder)


def test_missing_sprite_raises_error(folder: Path) -> None:
    (folder / "digits-4.webp").unlink()
    with pytest.raises(ResultsError, match=r"digits-4\.webp is missing"):
        results.read(folder)


def test_benchmark_and_predictions_are_optional(folder: Path) -> None:
    (folder / benchmarks.FILE).unlink()
    (folder / predictions.FILE).unlink()
    assert results.read(folder) == replace(RESULTS, predictions=None, benchmark=None)
