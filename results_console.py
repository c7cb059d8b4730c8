"""Printing of a command's results on stdout: readable on a narrow terminal, and whole in a file or a pipe."""

import sys
from collections.abc import Iterator
from copy import copy

from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table

PIPED_WIDTH = 10_000  # characters, so that no row is wrapped for a program that reads it


def print_results(*tables: Table) -> None:
    """Print tables on stdout: on a terminal, one that is too wide in parts; piped, each row on one line."""
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    for table in tables:
        console.print(*(fit(table, console) if console.is_terminal else [table]))


def fit(table: Table, console: Console) -> Iterator[Table]:
    """Yield tables that fit the console, each with the first column and some of the others.

    Text is wrapped between words, and within a word that is wider than the console. Numbers are not wrapped.
    """
    for column in table.columns:
        column.overflow, column.no_wrap = "fold", column.justify == "right"
    first, *rest = table.columns
    part: list[Column] = []
    for column in rest:
        if part and _min_width(_part(table, [first, *part, column]), console) > console.width:
            yield _part(table, [first, *part])
            part = []
            table = copy(table)
            table.title = None
        part.append(column)
    yield _part(table, [first, *part])


def _part(table: Table, columns: list[Column]) -> Table:
    part = copy(table)
    part.columns = [copy(column) for column in columns]
    for index, column in enumerate(part.columns):
        column._index = index
    return part


def _min_width(table: Table, console: Console) -> int:
    return Measurement.get(console, console.options.update(width=PIPED_WIDTH), table).minimum
