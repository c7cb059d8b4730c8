import json
from pathlib import Path

from digits.manifest import MANIFEST
from digits.registry import BUNDLE
from report.readme import EVALUATION, README, current, drawn_table, table

ENTRIES = json.loads((Path(BUNDLE) / MANIFEST).read_text())["models"]
EVALUATED = json.loads(EVALUATION.read_text())
DRAWN = [{"file": "uji_x", "digits": 600, "placement": "typical", "accuracy": {"mlp": 0.981, "tree": 0.876}}]


def test_the_tables_are_the_manifests_and_the_evaluations() -> None:
    text = README.read_text()
    assert text == current(text), "the README is stale: run .venv/bin/python -m report.readme"


def test_the_table_holds_the_figures_of_the_manifest() -> None:
    for name, entry in ENTRIES.items():
        row = next(line for line in table(ENTRIES).splitlines() if f"`{name}`" in line)
        assert f"{entry['metrics']['accuracy']:.2%}" in row
        assert f"{entry['metrics']['ece']:.4f}" in row


def test_what_people_drew_is_told_of_the_models_that_read_it_alone() -> None:
    assert "writers, stylus, typical | 600 | 98.1% | 87.6% |" in drawn_table(ENTRIES, EVALUATED | {"drawn": DRAWN})
    other = {"drawn": DRAWN, "models": {"mlp": {"sha256": "another"}, "tree": EVALUATED["models"]["tree"]}}
    assert drawn_table(ENTRIES, other) == ""
    assert drawn_table(ENTRIES, EVALUATED | {"drawn": []}) == ""
