"""Wrong uses of the evaluation's commands."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from digits.registry import BUNDLE
from tests.support.wrong_use import PYTHON, WrongUse, check

pytestmark = pytest.mark.slow

FILE = "strokes.json"
MEASURE = ("evaluation", "--handwriting", FILE)
READ = ("evaluation", "handwriting", FILE)
PAGE_SAMPLES = ("evaluation", "page-samples", "--out")
REFERENCE_DIGITS = ("evaluation", "reference-digits", "--out")
PICTURES = ("evaluation", "pictures")
CONVERT = ("evaluation", "convert-strokes")
ONE = {"label": 1, "strokes": [[[0.5, 0.0], [0.5, 1.0]]]}


def text(name: str, content: str) -> Callable[[Path], object]:
    """Return a function that writes a file into a folder."""

    def prepare(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(content)

    return prepare


def strokes(*digits: object) -> Callable[[Path], object]:
    return text(FILE, json.dumps(digits))


def damaged_bundle(file: str, content: bytes) -> Callable[[Path], object]:
    """Return a function that copies the committed bundle and replaces one of its files."""

    def prepare(folder: Path) -> None:
        shutil.copytree(BUNDLE, folder / "bundle")
        (folder / "bundle" / file).write_bytes(content)

    return prepare


CASES = (
    WrongUse("unknown-command-option", ("evaluation", "--bundel", "x"), r"unrecognized arguments: --bundel", 2),
    WrongUse("handwriting-without-file", ("evaluation", "handwriting"), r"required: FILE", 2),
    WrongUse("missing-strokes-before-measuring", MEASURE, r"strokes\.json cannot be read as strokes \(No such file"),
    WrongUse("missing-strokes", READ, r"strokes\.json cannot be read as strokes \(No such file"),
    WrongUse("strokes-in-a-folder", READ, r"\(Is a directory\)", prepare=lambda folder: (folder / FILE).mkdir()),
    WrongUse("empty-strokes-file", READ, r"strokes\.json .*\(not JSON", prepare=text(FILE, "")),
    WrongUse("deeply-nested-strokes", READ, r"\(not JSON: .*recursion", prepare=text(FILE, "[" * 200_000)),
    WrongUse("binary-strokes", READ, r"\(not JSON", prepare=lambda folder: (folder / FILE).write_bytes(b"\xff\x00")),
    WrongUse("strokes-without-digits", READ, r"the file: list should have at least 1 item", prepare=strokes()),
    WrongUse("strokes-object", READ, r"the file: input should be a valid list", prepare=text(FILE, "{}")),
    WrongUse("strokes-without-label", READ, r"\(0\.label: field required\)", prepare=strokes({"strokes": [[[0, 0]]]})),
    WrongUse("label-out-of-range", READ, r"\(1\.label: .* less than 10", prepare=strokes(ONE, ONE | {"label": 10})),
    WrongUse("label-as-text", READ, r"\(0\.label: .*valid integer", prepare=strokes(ONE | {"label": "1"})),
    WrongUse("stroke-without-points", READ, r"\(0\.strokes\.0: list should", prepare=strokes(ONE | {"strokes": [[]]})),
    WrongUse("digit-without-strokes", READ, r"\(0\.strokes: list should", prepare=strokes(ONE | {"strokes": []})),
    WrongUse("strokes-nested-wrong", READ, r"\(0\.strokes\.0\.0: .*list", prepare=strokes(ONE | {"strokes": [[1, 2]]})),
    WrongUse("nan-point", READ, r"0\.1: input should be", prepare=strokes(ONE | {"strokes": [[[0, float("nan")]]]})),
    WrongUse("huge-point", READ, r"0\.1: .*less than or equal to 1", prepare=strokes(ONE | {"strokes": [[[0, 1e9]]]})),
    WrongUse("empty-bundle", ("evaluation", "--bundle", "."), r"^\. is not a bundle \(.*manifest\.json", python=PYTHON),
    WrongUse("missing-bundle", ("evaluation", "--bundle", "none"), r"^none is not a bundle \(.*No such file"),
    WrongUse(
        "bundle-without-models",
        ("evaluation", "--bundle", "."),
        r"is not a bundle \(.* does not list the models mlp and tree\)",
        prepare=text("manifest.json", '{"models": {}}'),
    ),
    WrongUse(
        "damaged-manifest",
        ("evaluation", "--bundle", "bundle"),
        r"bundle is not a bundle \(models/manifest\.json cannot be read",
        prepare=damaged_bundle("manifest.json", b'{"models": {'),
    ),
    WrongUse(
        "damaged-model",
        ("evaluation", "--bundle", "bundle"),
        r"bundle is not a bundle \(The model tree cannot be loaded: .*sha256",
        prepare=damaged_bundle("tree.onnx", b"tree"),
    ),
    WrongUse(
        "damaged-artifact",
        ("evaluation",),
        r"artifacts/mlp-other\.onnx cannot be run \(.*\)\. Export it again, or delete it\.",
        prepare=text("artifacts/mlp-other.onnx", "not a model"),
    ),
    WrongUse(
        "damaged-training-record",
        ("evaluation",),
        r"artifacts/mlp-wide\.json is not JSON .*again: python -m training mlp --recipe wide",
        prepare=text("artifacts/mlp-wide.json", "{"),
    ),
    WrongUse(
        "training-record-of-wrong-type",
        ("evaluation",),
        r"artifacts/mlp-wide\.json is damaged \(seconds: input should be a valid integer",
        prepare=text("artifacts/mlp-wide.json", '{"seconds": "many"}'),
    ),
    WrongUse("data-missing", ("evaluation", "--data", "none"), r"none/train-images.* is missing"),
    WrongUse("out-is-a-file", ("evaluation", "--out", "f"), r"^f cannot be written", prepare=text("f", "")),
    WrongUse("out-below-a-file", ("evaluation", "--out", "f/g"), r"^f/g cannot be written", prepare=text("f", "")),
    WrongUse("out-not-writable", ("evaluation", "--out", "/proc/report"), r"^/proc/report cannot be written"),
    WrongUse("pictures-below-a-file", (*PICTURES, "--out", "/dev/null/a"), r"^/dev/null/a cannot be written"),
    WrongUse("pictures-of-unknown-kind", (*PICTURES, "--kinds", "fax"), r"invalid choice: 'fax'", 2),
    WrongUse("page-samples-below-a-file", (*PAGE_SAMPLES, "/dev/null/a.png"), r"/dev/null cannot"),
    WrongUse("page-samples-in-place-of-a-folder", (*PAGE_SAMPLES, "."), r"^\. is a folder"),
    WrongUse("reference-digits-not-writable", (*REFERENCE_DIGITS, "/proc/a.png"), r"^/proc cannot"),
    WrongUse("convert-unknown-format", (*CONVERT, "unipen", "a", "b"), r"invalid choice: 'unipen'", 2),
    WrongUse("convert-missing-source", (*CONVERT, "uji", "a", "b"), r"^a cannot be read \(No such file"),
    WrongUse("convert-other-text", (*CONVERT, "uji", "a", "b"), r"^a has no digits", prepare=text("a", "WORD ; x\n")),
    WrongUse(
        "convert-truncated-source",
        (*CONVERT, "uji", "a", "b"),
        r"^a is not a file of the format uji \('WORD 7 trn_UJI_W01-01' lacks strokes or points\)",
        prepare=text("a", "WORD 7 trn_UJI_W01-01\n  NUMSTROKES 2\n  POINTS 1 # 5 5\n"),
    ),
    WrongUse("convert-empty-json", (*CONVERT, "numberpad", "a", "b"), r"the format numberpad", prepare=text("a", "")),
    WrongUse(
        "convert-wrong-type",
        (*CONVERT, "numberpad", "a", "b"),
        r"^a is not a file of the format numberpad",
        prepare=text("a", '{"rawData": {"1": [[5]]}}'),
    ),
    WrongUse(
        "convert-out-below-a-file",
        (*CONVERT, "numberpad", "a", "a/b"),
        r"^a/b cannot be written",
        prepare=text("a", '{"rawData": {"1": [[[[5, 5], [5, 9]]]]}}'),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_use_prints_one_line(case: WrongUse, tmp_path: Path) -> None:
    check(case, tmp_path)
