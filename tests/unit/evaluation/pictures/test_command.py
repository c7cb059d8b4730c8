import sys
from pathlib import Path

import pytest
from PIL import Image

from evaluation import command
from evaluation.pictures import command as pictures


@pytest.mark.slow
def test_command_writes_pictures_and_prints_a_row_for_each_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pictures, "COUNT", 10)
    monkeypatch.setenv("COLUMNS", "200")  # wide enough for the table
    monkeypatch.setattr(
        sys, "argv", ["evaluation", "pictures", "--out", str(tmp_path), "--kinds", "small", "board-glare"]
    )
    command.main()
    rows = [line for line in capsys.readouterr().out.splitlines() if "%" in line]
    assert [row.split("│")[1].strip() for row in rows] == ["Small writing", "Whiteboard with glare"]
    assert sorted(path.name for path in (tmp_path / "small").iterdir()) == [f"{n}-{n:02}.png" for n in range(10)]
    with Image.open(tmp_path / "board-glare" / "3-03.jpg") as image:
        assert image.size == (480, 480)
