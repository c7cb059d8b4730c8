import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluation import evaluate, results
from evaluation.evaluate import FOLDER
from evaluation.results import BENCHMARK, EVALUATION, RecordError
from report import build
from tests.unit.evaluation.test_evaluate import arguments

MODELS = results.read_one(FOLDER / EVALUATION)
DAMAGES: tuple[Any, ...] = (None, "a word", [], -1)
FILES = (EVALUATION, "answers.json", BENCHMARK)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in (*FOLDER.glob("*.json"), *FOLDER.glob("*.webp")):
        shutil.copy(path, tmp_path)
    return tmp_path


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a JSON; of lists, and of many parts with numbers for names, the first."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in list(value.items())[: 30 if len(value) < 30 else 1]:
            yield from places(inner, (*path, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


def damaged(whole: dict[str, Any], place: tuple[str | int, ...], to: Any) -> dict[str, Any]:
    """With another value at the place, or with none."""
    found = copy.deepcopy(whole)
    part: Any = found
    for name in place[:-1]:
        part = part[name]
    if to is None:
        del part[place[-1]]
    else:
        part[place[-1]] = to
    return found


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("text", ["", '{"models": {', "[]", "null", "{}", "\ufeff{}"])
def test_a_file_cut_off_is_told_in_one_sentence(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    command = "make bench" if name == BENCHMARK else "python -m training evaluate"
    with pytest.raises(SystemExit) as end:
        evaluate.command(arguments(out=folder, from_json=True))
    assert str(end.value).startswith(f"{folder / name} is ")
    assert str(end.value).endswith(f"Restore it, or measure anew: {command}")
    assert "\n" not in str(end.value)


@pytest.mark.parametrize("name", FILES)
def test_whatever_is_changed_is_told_or_does_no_harm(name: str) -> None:
    """Each part taken out, or made a word, a list or a number: refused, or the page can be made all the same."""
    part = json.loads((FOLDER / name).read_text())
    told = []
    for place in places(part):
        for to in DAMAGES:
            found = damaged(part, place, to)
            whole = found if name == EVALUATION else MODELS | {name.removesuffix(".json"): found}
            try:
                results.check(found, FOLDER / name)
                if "answers" in whole:
                    results.agree(whole, FOLDER)
            except RecordError as error:
                told.append(str(error))
            else:
                build.html(whole, {})
    assert len(told) > 50
    assert all("anew: " in sentence and "\n" not in sentence for sentence in told)


def test_the_place_of_the_damage_is_named(folder: Path) -> None:
    evaluation = json.loads((folder / EVALUATION).read_text())
    evaluation["models"]["tree"]["metrics"]["confusion_matrix"][3][4] = "many"
    (folder / EVALUATION).write_text(json.dumps(evaluation))
    with pytest.raises(RecordError, match=r"\(models\.tree\.metrics\.confusion_matrix\.3\.4: input should be a valid"):
        results.read(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda given: given["models"]["tree"].update(sha256="0" * 64),
        lambda given: given.update(labels=given["labels"][:-1]),
        lambda given: given.update(labels=given["labels"][::-1]),
        lambda given: given["models"]["mlp"]["sure"].pop(),
        lambda given: given["models"]["mlp"]["truth"].update({"10000": 1}),
    ],
    ids=["model", "length", "order", "sureness", "place"],
)
def test_answers_of_other_models_are_refused(folder: Path, change: Any) -> None:
    path = folder / "answers.json"
    given = json.loads(path.read_text())
    change(given)
    path.write_text(json.dumps(given))
    with pytest.raises(RecordError, match="not of the same models"):
        results.read(folder)


def test_a_missing_picture_is_named(folder: Path) -> None:
    (folder / "digits-4.webp").unlink()
    with pytest.raises(RecordError, match=r"digits-4\.webp is missing"):
        results.read(folder)
