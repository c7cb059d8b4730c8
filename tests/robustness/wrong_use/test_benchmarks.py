"""Wrong uses of `python -m benchmarks`: one clear line and the right exit status, never a traceback."""

from pathlib import Path

import pytest

from tests.support.wrong_use import PYTHON, WrongUse, check

pytestmark = pytest.mark.slow

CASES = (
    WrongUse("no-runs", ("benchmarks", "--runs", "0"), r"'0' is not a whole number of at least 1", 2, python=PYTHON),
    WrongUse("runs-not-a-number", ("benchmarks", "--runs", "many"), r"'many' is not a whole number of at least 1", 2),
    WrongUse("unknown-part", ("benchmarks", "--only", "cold,heat"), r"there is no part heat; choose of cold,warm", 2),
    WrongUse(
        "out-in-missing-folder", ("benchmarks", "--out", "nofolder/x.json"), r"x\.json cannot be written: give", 2
    ),
    WrongUse(
        "out-is-folder", ("benchmarks", "--out", "."), r"\. cannot be written: give a file in an existing folder", 2
    ),
    WrongUse(
        "cost-missing-file", ("benchmarks", "cost", "--json", "nofile"), r"^nofile does not exist: run make bench"
    ),
    WrongUse("cost-of-folder", ("benchmarks", "cost", "--json", "."), r"^\. cannot be read \(Is a directory\)"),
    WrongUse(
        "cost-empty-file", ("benchmarks", "cost", "--json", "/dev/null"), r"^/dev/null is not a file of make bench"
    ),
    WrongUse(
        "cost-share-too-high", ("benchmarks", "cost", "--cold-share", "2"), r"2 is not a share between 0 and 1", 2
    ),
    WrongUse(
        "cost-share-no-number", ("benchmarks", "cost", "--cold-share", "x"), r"x is not a share between 0 and 1", 2
    ),
    WrongUse(
        "scale-wrong-type",
        ("benchmarks", "scale", "--json", "list.json"),
        r"^list\.json is not a file of make bench",
        prepare=lambda folder: (folder / "list.json").write_text("[1, 2]"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_use_prints_one_line(case: WrongUse, tmp_path: Path) -> None:
    check(case, tmp_path)
