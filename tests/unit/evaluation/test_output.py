from pathlib import Path

import pytest

from evaluation.output import OutputError, check_file, check_folder, replaced_together


def test_files_are_replaced_at_the_end(tmp_path: Path) -> None:
    for name in ("a", "b", "other"):
        (tmp_path / name).write_text("old")
    with replaced_together(tmp_path) as new:
        for name in ("a", "b"):
            (new / name).write_text("new")
        assert (tmp_path / "a").read_text() == "old"
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a": "new", "b": "new", "other": "old"}


def test_nothing_is_replaced_after_an_error(tmp_path: Path) -> None:
    def write_and_fail() -> None:
        with replaced_together(tmp_path) as new:
            (new / "a").write_text("new")
            raise ValueError("invalid")

    (tmp_path / "a").write_text("old")
    with pytest.raises(ValueError, match="invalid"):
        write_and_fail()
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a": "old"}


def test_unwritable_places_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"file/below cannot be written"):
        check_folder(tmp_path / "file" / "below")
    with pytest.raises(OutputError, match=r"is a folder"):
        check_file(tmp_path)
    check_file(tmp_path / "new" / "picture.png")
    assert [path.name for path in (tmp_path / "new").iterdir()] == []
