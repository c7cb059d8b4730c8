"""Wrong uses of `python -m supply` and `python -m supply.npm`: one clear line, never a traceback."""

from pathlib import Path

import pytest

from tests.support.wrong_use import PYTHON, WrongUse, check

pytestmark = pytest.mark.slow

CASES = (
    WrongUse("without-command", ("supply",), r"the following arguments are required: COMMAND", 2),
    WrongUse("sbom-missing-build", ("supply", "sbom", "nofolder"), r"^nofolder/DigitsFunction has no packages\. Build"),
    WrongUse("sbom-of-file", ("supply", "sbom", "/dev/null"), r"^/dev/null/DigitsFunction has no packages\. Build"),
    WrongUse(
        "audit-missing-file", ("supply", "audit", "nofile"), r"^nofile cannot be audited \(No such file", python=PYTHON
    ),
    WrongUse(
        "audit-folder", ("supply", "audit", "."), r"^\. cannot be audited \(Is a directory\)\. Give a file with one"
    ),
    WrongUse("audit-empty-file", ("supply", "audit", "/dev/null"), r"^/dev/null cannot be audited \(it is empty\)"),
    WrongUse(
        "audit-damaged-file",
        ("supply", "audit", "pins.txt"),
        r"^pins\.txt cannot be audited \(.*\)\. Give a file with one NAME==VERSION a line\.$",
        prepare=lambda folder: (folder / "pins.txt").write_text("numpy === 1 x\n"),
    ),
    WrongUse(
        "audit-binary-file",
        ("supply", "audit", "pins.txt"),
        r"^pins\.txt cannot be audited",
        prepare=lambda folder: (folder / "pins.txt").write_bytes(bytes(range(128, 256))),
    ),
    WrongUse("npm-unknown-program", ("supply.npm", "eslint"), r"^'eslint' is not a program of the npm packages: "),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_use_prints_one_line(case: WrongUse, tmp_path: Path) -> None:
    check(case, tmp_path)
