"""The committed events are those that the code makes."""

import pytest

from tests.events import EVENTS, FOLDER, PICTURE, SEVEN, file, text


@pytest.mark.parametrize("name", EVENTS)
def test_file_is_current(name: str) -> None:
    assert file(name).read_text() == text(name), "Write them again: python -m tests.events"


def test_there_is_no_other_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(EVENTS)


def test_the_picture_is_current() -> None:
    assert PICTURE.read_bytes() == SEVEN, "Write it again: python -m tests.events"
