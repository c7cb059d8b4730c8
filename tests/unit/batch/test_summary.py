"""Summary of a finished output."""

import pyarrow as pa
import pytest

from batch.classify import schema
from batch.summary import Summary, needed_columns, report

MODELS = ("mlp", "tree")
ROWS = [
    {"label": 7, "mlp_digit": 7, "tree_digit": 7, "is_digit": True},
    {"label": 7, "mlp_digit": 7, "tree_digit": 1, "is_digit": True},
    {"label": None, "mlp_digit": 3, "tree_digit": 3, "is_digit": False},
    {"label": 2, "error": "urn:digits:not-an-image"},
]


@pytest.fixture
def summary() -> Summary:
    counted = Summary(MODELS)
    table = pa.Table.from_pylist(ROWS, schema(MODELS)).select(needed_columns(MODELS))
    counted.add(table[:2])
    counted.add(table[2:])
    return counted


def test_rows_are_counted(summary: Summary) -> None:
    assert (summary.pictures, summary.labeled, summary.not_digits, summary.different) == (4, 3, 1, 1)
    assert summary.errors == {"urn:digits:not-an-image": 1}
    assert summary.digits["mlp"].tolist() == [0, 0, 0, 1, 0, 0, 0, 2, 0, 0]


def test_accuracy_is_of_the_readable_pictures_with_a_label(summary: Summary) -> None:
    assert summary.accuracy("mlp") == 1
    assert summary.accuracy("tree") == 0.5
    assert summary.confusion["tree"][7].tolist() == [0, 1, 0, 0, 0, 0, 0, 1, 0, 0]


def test_report_says_what_was_counted(summary: Summary) -> None:
    lines = [part for part in report(summary) if isinstance(part, str)]
    assert lines == [
        "mlp: accuracy 100.00%, 2 of the 2 readable pictures with a label.",
        "tree: accuracy 50.00%, 1 of the 2 readable pictures with a label.",
        "mlp and tree classify 1 of 3 pictures differently.",
        "1 of 3 pictures do not look like one digit (is_digit is false).",
    ]
