"""Wrong uses of `python -m training`: one clear line and the right exit status, never a traceback."""

from pathlib import Path

import pytest

from tests.support.wrong_use import WrongUse, check

pytestmark = pytest.mark.slow

CASES = (
    WrongUse("training-without-command", ("training",), r"the following arguments are required: COMMAND", 2),
    WrongUse("training-unknown-recipe", ("training", "mlp", "--recipe", "big"), r"invalid choice: 'big'", 2),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_use_prints_one_line(case: WrongUse, tmp_path: Path) -> None:
    check(case, tmp_path)
