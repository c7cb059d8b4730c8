"""Committed event files."""

import pytest

from tests.events import EVENTS, FOLDER, PICTURE, SEVEN, file, text


@pytest.mark.parametrize("name", EVENTS)
def test_event_file_is_current(name: str) -> None:
    assert file(name).read_text() == text(name), "Stale, run: python -m tests.support.events"


def test_there_is_no_other_event_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(EVENTS)


def test_picture_is_current() -> None:
    assert PICTURE.read_bytes() == SEVEN, "Stale, run: python -m tests.support.events"
