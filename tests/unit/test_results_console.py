"""Tables of results: whole at 80 columns, and one line for each row when piped."""

import io

import pytest
from rich.console import Console
from rich.table import Table

from results_console import fit, print_results

WORDS = ["AWS::CloudFront::ResponseHeaders", "not with these parameters", "text/javascript; charset=utf-8", "1,234"]


def wide_table() -> Table:
    table = Table("name", "type", "created", "Content-Type", title="The stack")
    for name in ("bytes", "transferred", "gzipped"):
        table.add_column(name, justify="right")
    table.add_row("DistributionHeadersPolicy", *WORDS, "98,765,432 B", "12,345,678 ms")
    return table


def drawn(table: Table, width: int) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width)
    for part in fit(table, console):
        console.print(part)
    return file.getvalue()


def test_wide_table_is_split_at_80_columns() -> None:
    text = drawn(wide_table(), 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    for cell in ("98,765,432 B", "12,345,678 ms", *" ".join(WORDS).split()):
        assert cell in text
    assert text.count("The stack") == 1
    assert text.count("DistributionHeadersPolicy") > 1  # the first column, in every part


def test_narrow_table_is_not_split() -> None:
    table = Table("part", "requests")
    table.add_row("load", "4,000")
    assert drawn(table, 80).count("load") == 1


@pytest.mark.parametrize("width", [30, 40])
def test_word_wider_than_the_console_is_folded(width: int) -> None:
    text = drawn(wide_table(), width)
    assert max(map(len, text.splitlines())) <= width
    assert "\N{HORIZONTAL ELLIPSIS}" not in text


def test_piped_row_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_results(wide_table(), "Assumptions: " + "a word " * 50 + "end.")
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "98,765,432 B" in line and all(word in line for word in WORDS)]
    assert lines[-1] == "Assumptions: " + "a word " * 50 + "end."
