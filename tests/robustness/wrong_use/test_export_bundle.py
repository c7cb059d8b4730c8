"""Wrong uses of `python -m export`: damaged checkpoints and bundles, output folders, versions."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.wrong_use import PYTHON, ROOT, WrongUse, check

pytestmark = pytest.mark.slow

SERVED = ROOT / "functions" / "digits" / "models"
REPORT = json.dumps({"model": "mlp", "recipe": "wide", "settings": {"transform": None}})


def files(**contents: str) -> Callable[[Path], object]:
    """Return a function that writes files of the folder `a`; two underscores stand for a hyphen, `_` for a dot."""

    def prepare(folder: Path) -> None:
        (folder / "a").mkdir()
        for name, content in contents.items():
            (folder / "a" / name.replace("__", "-").replace("_", ".")).write_text(content)

    return prepare


def checkpoint(name: str, message: str, **contents: str) -> WrongUse:
    arguments = ("export", "--artifacts", "a", "--out", "out")
    return WrongUse(f"checkpoint-{name}", arguments, message, prepare=files(**contents))


def report(name: str, content: str, message: str) -> WrongUse:
    return checkpoint(f"report-{name}", rf"^a/mlp-wide\.json {message}", mlp__wide_keras="", mlp__wide_json=content)


def bundle(name: str, file: str, content: str, message: str) -> WrongUse:
    def prepare(folder: Path) -> None:
        shutil.copytree(SERVED, folder / "b")
        (folder / "b" / file).write_text(content)

    return WrongUse(f"publish-{name}", ("export", "publish", "--out", "b"), message, prepare=prepare)


def run_of_wandb(digests: str) -> Callable[[Path], object]:
    def prepare(folder: Path) -> None:
        (folder / "run").mkdir()
        (folder / "run" / "run-a.wandb").touch()
        (folder / "run" / "digits-bundle.json").write_text(digests)

    return prepare


CASES = (
    checkpoint("missing", r"^a/mlp-wide\.keras is missing\. Train it: python -m training mlp --recipe wide$"),
    checkpoint("without-report", r"^a/mlp-wide\.json is missing\. Train it", mlp__wide_keras=""),
    report("empty", "", r"is damaged \(JSONDecodeError: .*Train it again: python -m training mlp --recipe wide$"),
    report("truncated", REPORT[:40], r"is damaged \(JSONDecodeError"),
    report("list", "[]", r"is damaged \(TypeError"),
    report("without-settings", "{}", r"is damaged \(KeyError"),
    report("earlier-version", '{"settings": {}}', r"was written by an earlier version\. Train it again"),
    report("other-kind", REPORT.replace('"mlp"', '"tree"'), r"is damaged \(ValueError: not the report of a mlp"),
    checkpoint("empty", r"^a/mlp-wide\.keras is damaged \(.*Train it again", mlp__wide_keras="", mlp__wide_json=REPORT),
    checkpoint("text", r"^a/mlp-wide\.keras is damaged \(", mlp__wide_keras="no model", mlp__wide_json=REPORT),
    WrongUse("out-is-a-file", ("export", "--out", "a/f"), r"^a/f is a file\. Give a folder", prepare=files(f="")),
    WrongUse("out-below-a-file", ("export", "--out", "a/f/g/h"), r"^a/f/g cannot be created", prepare=files(f="")),
    WrongUse("out-of-others", ("export", "--out", "a"), r"^a holds other files than a bundle", prepare=files(f="")),
    WrongUse("unknown-recipe", ("export", "--mlp", "big"), r"invalid choice: 'big'", 2),
    WrongUse(
        "data-missing",
        ("export", "--data", "none", "--out", "b"),
        r"^none/t10k-images-idx3-ubyte\.gz is miss",
        python=PYTHON,
    ),
    WrongUse("publish-missing", ("export", "publish", "--out", "b"), r"^b is not published: .*Write it again: python"),
    WrongUse("publish-a-file", ("export", "publish", "--out", "a/f"), r"^a/f is not published", prepare=files(f="")),
    WrongUse("publish-empty", ("export", "publish", "--out", "a"), r"^a is not published: it has", prepare=files()),
    bundle("damaged-manifest", "manifest.json", "{", r"^b is not published: .*manifest"),
    bundle("list-as-manifest", "manifest.json", "[]", r"^b is not published: "),
    bundle("damaged-model", "mlp.onnx", "no model", r"^b is not published: .*sha256"),
    WrongUse("pull-nonsense", ("export", "pull", "a b", "--out", "b"), r"^'a b' is not a version\. Give latest, v3"),
    WrongUse("pull-no-account", ("export", "pull", "--out", "b"), r"^Pulling needs an account on W&B's server"),
    WrongUse("pull-no-run", ("export", "pull", "--run", "r", "--out", "b"), r"^r holds no W&B run"),
    WrongUse(
        "pull-damaged-run",
        ("export", "pull", "--run", "run", "--out", "b"),
        r"^run/digits-bundle\.json is damaged \(.*\)\. Publish again\. b is unchanged\.$",
        prepare=run_of_wandb("{"),
    ),
    WrongUse(
        "pull-incomplete-run",
        ("export", "pull", "--run", "run", "--out", "b"),
        r"^run/digits-bundle/mlp\.onnx is missing or damaged",
        prepare=run_of_wandb('{"mlp.onnx": "0"}'),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_use_of_export_prints_one_line(case: WrongUse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    check(case, tmp_path)
