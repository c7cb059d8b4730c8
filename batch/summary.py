"""What a finished output says: pictures by digit, errors by type, and accuracy where there are labels."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rich.table import Table

from batch.classify import DIGITS


@dataclass
class Summary:
    """Counts of an output's rows."""

    models: Sequence[str]
    pictures: int = 0
    labeled: int = 0
    not_digits: int = 0
    different: int = 0  # pictures that the two models classify differently
    errors: Counter[str] = field(default_factory=Counter)  # by problem type
    digits: dict[str, NDArray[np.int64]] = field(default_factory=dict)  # (10,) by model
    confusion: dict[str, NDArray[np.int64]] = field(default_factory=dict)  # (10, 10): label, digit; by model

    def add(self, table: pa.Table) -> None:
        """Count a table with the columns of `needed_columns`."""
        self.pictures += len(table)
        self.errors.update(error for error in table["error"].to_pylist() if error)
        self.not_digits += int((_numbers(table["is_digit"], 1) == 0).sum())
        label = _numbers(table["label"], -1)
        self.labeled += int((label >= 0).sum())
        answers = {model: _numbers(table[f"{model}_digit"], -1) for model in self.models}
        for model, digit in answers.items():
            read = digit >= 0
            self.digits[model] = self.digits.get(model, 0) + np.bincount(digit[read], minlength=10)
            pairs = (10 * label + digit)[read & (label >= 0)]
            self.confusion[model] = self.confusion.get(model, 0) + np.bincount(pairs, minlength=100).reshape(10, 10)
        if len(answers) == 2:
            first, second = answers.values()
            self.different += int((first != second).sum())

    def accuracy(self, model: str) -> float:
        """Return the accuracy on the labeled and readable pictures, 0..1."""
        confusion = self.confusion[model]
        return float(np.trace(confusion) / max(confusion.sum(), 1))


def needed_columns(models: Iterable[str]) -> list[str]:
    return ["error", "is_digit", "label", *(f"{model}_digit" for model in models)]


def _numbers(column: pa.ChunkedArray, missing: int) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = column.cast(pa.int64()).fill_null(missing).to_numpy()
    return numbers


def report(summary: Summary) -> Iterator[Table | str]:
    """Yield what is printed at the end of a run."""
    counts = _table("digit", *(f"{model}, pictures" for model in summary.models))
    for digit in DIGITS:
        counts.add_row(str(digit), *(f"{summary.digits[model][digit]:,}" for model in summary.models))
    yield counts
    if summary.errors:
        errors = _table("error", "pictures")
        for error, count in summary.errors.most_common():
            errors.add_row(error, f"{count:,}")
        yield errors
    if summary.labeled:
        for model in summary.models:
            yield from _quality(summary, model)
    read = summary.pictures - sum(summary.errors.values())
    if len(summary.models) > 1:
        yield f"{' and '.join(summary.models)} classify {summary.different:,} of {read:,} pictures differently."
    yield f"{summary.not_digits:,} of {read:,} pictures do not look like one digit (is_digit is false)."


def _quality(summary: Summary, model: str) -> Iterator[Table | str]:
    confusion = summary.confusion[model]
    matrix = _table(f"{model}: label", *map(str, DIGITS))
    for label in DIGITS:
        matrix.add_row(str(label), *(f"{count:,}" if count else "." for count in confusion[label]))
    yield matrix
    correct, labeled = int(np.trace(confusion)), int(confusion.sum())
    accuracy = f"accuracy {summary.accuracy(model):.2%}"
    yield f"{model}: {accuracy}, {correct:,} of the {labeled:,} readable pictures with a label."


def _table(first: str, *others: str) -> Table:
    table = Table(first)
    for each in others:
        table.add_column(each, justify="right")
    return table
