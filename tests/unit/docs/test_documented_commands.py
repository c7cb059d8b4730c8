"""Run of the documented commands: which run, and the rows of one that passes and one that fails."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.support.documented_commands import command
from tests.support.documented_commands.clone import run
from tests.support.markdown import Command, all_commands


def test_listed_reasons_are_used() -> None:
    assert not [start for start in command.CANNOT_RUN if not any(each.starts_with(start) for each in all_commands())]


@pytest.mark.parametrize(
    ("words", "runs"),
    [("make run", True), ("make deploy ENV=prod", False), (".venv/bin/python -m training sweep --offline", True)],
)
def test_commands_that_need_an_account_are_listed(words: str, runs: bool) -> None:
    assert (not command.reason(Command("page", tuple(words.split())))) is runs


def test_only_and_skip_select_by_text() -> None:
    assert [command.selected(text, ["make"], ["bench"]) for text in ("make run", "make bench", "curl")] == [
        True,
        False,
        False,
    ]


def test_failed_command_has_its_status_and_output(tmp_path: Path) -> None:
    result = run(Command("page", ("sh", "-c", "echo broken; exit 3")), tmp_path, "")
    assert (result.status, result.output) == (3, "broken\n")


def test_rows_have_status_and_failed_commands_are_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "served", lambda clone: nullcontext("http://127.0.0.1:1"))
    good, bad = Command("page", ("true",)), Command("page", ("false",))
    assert command.run_all([good, bad], tmp_path) == [bad]
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert [(row[0], row[2]) for row in rows] == [("0", "true"), ("1", "false")]
