"""Printing of a command's results on stdout: readable on a narrow terminal, and whole in a file or a pipe."""

import sys
from collections.abc import Iterator
from copy import copy
from functools import partial

from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table

PIPED_WIDTH = 10_000  # characters, so that no row is wrapped for a program that reads it
PADDING = 3  # characters: a column's border, and a space on both sides


def print_results(*results: Table | str) -> None:
    """Print tables and text on stdout: wrapped on a terminal, and in parts if a table is too wide for it.

    Piped, each row and each text is one line.
    """
    is_terminal = sys.stdout.isatty()
    console = Console(width=None if is_terminal else PIPED_WIDTH)
    print_part = partial(console.print, markup=False, highlight=False, soft_wrap=not is_terminal)
    for result in results:
        if isinstance(result, str):
            print_part(result)
        else:
            for part in fit(result, console):
                console.print(part)


def fit(table: Table, console: Console) -> Iterator[Table]:
    """Yield tables that fit the console, each with the first column and some of the others.

    Text is wrapped between words, and within a word that is too wide. Numbers and the first column are not wrapped.
    """
    first, *rest = table.columns
    for column in table.columns:
        column.overflow = "fold"
        whole = column is first or column.justify == "right"
        column.min_width = min(_width(column, console, whole), max(1, console.width // 2 - PADDING))
    part: list[Column] = []
    for column in rest:
        if part and sum((each.min_width or 0) + PADDING for each in (first, *part, column)) >= console.width:
            yield _part(table, [first, *part])
            part, table = [], copy(table)
            table.title = None
        part.append(column)
    yield _part(table, [first, *part])


def _width(column: Column, console: Console, whole: bool) -> int:
    """Return the width of the longest cell if `whole`, else of the longest word."""
    options = console.options.update(width=PIPED_WIDTH)
    cells = [Measurement.get(console, options, cell) for cell in (column.header, *column.cells)]
    return max(cell.maximum if whole else cell.minimum for cell in cells)


def _part(table: Table, columns: list[Column]) -> Table:
    part = copy(table)
    part.columns = [copy(column) for column in columns]
    for index, column in enumerate(part.columns):
        column._index = index
    return part
