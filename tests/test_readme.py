from export.readme import README, current


def test_the_table_of_models_is_the_manifests() -> None:
    text = README.read_text()
    assert text == current(text), "the README is stale: run .venv/bin/python -m export.readme"
