"""Wrong uses of the report's commands."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from report.command import FOLDER
from tests.support.wrong_use import PYTHON, ROOT, WrongUse, check

pytestmark = pytest.mark.slow

BUILD = ("report", "--out", ".")


def results(name: str = "", content: bytes | None = None) -> Callable[[Path], object]:
    """Return a function that copies the committed results, then replaces one file, or deletes it."""

    def prepare(folder: Path) -> None:
        shutil.copytree(ROOT / FOLDER, folder / "report")
        if content is None:
            (folder / "report" / name).unlink()
        else:
            (folder / "report" / name).write_bytes(content)

    return prepare


def page_is_a_folder(folder: Path) -> None:
    shutil.copytree(ROOT / FOLDER, folder / "report")
    (folder / "report.html").mkdir()


CASES = (
    WrongUse(
        "missing-results",
        ("report",),
        r"^frontend/report/evaluation\.json is missing. Write it: python -m",
        python=PYTHON,
    ),
    WrongUse("out-is-a-file", ("report", "--out", "/dev/null"), r"^/dev/null/report/evaluation\.json cannot be read"),
    WrongUse("unknown-option", ("report", "--to", "x"), r"unrecognized arguments: --to", 2),
    WrongUse("empty-evaluation", BUILD, r"evaluation\.json is not JSON", prepare=results("evaluation.json", b"")),
    WrongUse("evaluation-of-wrong-type", BUILD, r"json is damaged \(the", prepare=results("evaluation.json", b"[]")),
    WrongUse("binary-predictions", BUILD, r"ions\.json is not JSON", prepare=results("predictions.json", b"\xff")),
    WrongUse("damaged-predictions", BUILD, r"ions\.json is damaged \(", prepare=results("predictions.json", b"{}")),
    WrongUse("damaged-benchmark", BUILD, r"benchmark\.json is damaged \(", prepare=results("benchmark.json", b"{}")),
    WrongUse("nested-benchmark", BUILD, r"benchmark\.json is not", prepare=results("benchmark.json", b"[" * 200_000)),
    WrongUse("missing-sprite", BUILD, r"report/digits-3\.webp is missing", prepare=results("digits-3.webp")),
    WrongUse("page-is-a-folder", BUILD, r"report\.html cannot be written", prepare=page_is_a_folder),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_use_prints_one_line(case: WrongUse, tmp_path: Path) -> None:
    check(case, tmp_path)
