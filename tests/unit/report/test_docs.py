import json
from pathlib import Path
from typing import Any

import pytest

from digits.manifest import MANIFEST
from evaluation.schema import read_evaluation
from report.docs import (
    BLOCK,
    BUNDLE,
    EVALUATION,
    PAGES,
    handwriting_table,
    metrics_table,
    tables,
    updated,
)

ENTRIES = json.loads((BUNDLE / MANIFEST).read_text())["models"]
EVALUATED = read_evaluation(EVALUATION)
RESULT = {"file": "uji_x", "digits": 600, "placement": "typical", "accuracy": {"mlp": 0.981, "tree": 0.876}}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_tables_are_current(page: Path) -> None:
    text = page.read_text()
    assert text == updated(text, tables()), f"{page.name} is stale: run .venv/bin/python -m report docs"


def test_every_table_has_a_place() -> None:
    text = "".join(page.read_text() for page in PAGES)
    assert {block[1] for block in BLOCK.finditer(text)} == tables().keys()


def test_metrics_table_contains_manifest_metrics() -> None:
    for name, entry in ENTRIES.items():
        row = next(line for line in metrics_table(ENTRIES).splitlines() if f"`{name}`" in line)
        assert f"{entry['metrics']['accuracy']:.2%}" in row
        assert f"{entry['metrics']['ece']:.4f}" in row


def test_handwriting_table_is_of_the_same_models() -> None:
    measured: Any = EVALUATED | {"handwriting": [RESULT]}
    assert "writers, stylus, typical | 600 | 98.1% | 87.6% |" in handwriting_table(ENTRIES, measured)
    models = EVALUATED["models"]
    other: Any = measured | {"models": models | {"mlp": models["mlp"] | {"sha256": "another"}}}
    assert handwriting_table(ENTRIES, other) == ""
    empty: Any = EVALUATED | {"handwriting": []}
    assert handwriting_table(ENTRIES, empty) == ""
