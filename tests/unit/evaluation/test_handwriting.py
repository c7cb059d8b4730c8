import json
import sys
from pathlib import Path

import numpy as np
import pytest

from digits.registry import Bundle
from evaluation import handwriting
from evaluation.handwriting import DrawnError
from training.strokes.canvas import PLACEMENTS, draw

SEVEN = {"label": 7, "strokes": [[[0.2, 0.0], [0.8, 0.0], [0.5, 1.0]]]}
ONE = {"label": 1, "strokes": [[[0.5, 0.0], [0.5, 1.0]]]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "two_hands.json"
    path.write_text(json.dumps([SEVEN, ONE]))
    return path


def test_strokes_stay_on_the_canvas_and_have_its_brush() -> None:
    for placement in PLACEMENTS.values():
        rng = np.random.default_rng(1)
        for _ in range(20):
            canvas = np.asarray(draw(ONE["strokes"], placement, rng))  # type: ignore[arg-type]
            assert canvas.shape == (364, 364)
            assert canvas[0].max() == canvas[-1].max() == 0
            assert (canvas > 127).any(axis=0).sum() == pytest.approx(20, abs=1)
            length = (canvas > 127).any(axis=1).sum() - 20
            assert placement.smallest * 364 - 2 <= length <= placement.largest * 364 + 2


def test_both_models_classify_drawn_digits(file: Path) -> None:
    found = handwriting.measure(file, "typical")
    assert (found.file, found.digits, found.placement) == ("two_hands", 2, "typical")
    assert found.accuracy == {"mlp": 1, "tree": 1}
    assert found.labels.tolist() == [7, 1]
    for model in ("mlp", "tree"):  # the pictures are those that the API's own models saw
        assert Bundle()[model].probabilities(found.pictures).argmax(axis=1).tolist() == [7, 1]


def test_wrong_labels_are_counted_as_wrong(tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps([SEVEN | {"label": 3}, ONE]))
    assert handwriting.measure(path, "careless").accuracy == {"mlp": 0.5, "tree": 0.5}


@pytest.mark.parametrize("content", ["[", "[]", '{"label": 1}', '[{"label": 1}]'])
def test_file_without_strokes_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "strokes.json"
    path.write_text(content)
    with pytest.raises(DrawnError, match=r"strokes\.json"):
        handwriting.read(path)


def test_command_prints_a_row_for_each_placement(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["drawn", str(file)])
    handwriting.main()
    rows = [line for line in capsys.readouterr().out.splitlines() if "two_hands" in line]
    assert [row.count("100.0%") for row in rows] == [2, 2]
    monkeypatch.setattr(sys, "argv", ["drawn", "missing.json"])
    with pytest.raises(SystemExit, match=r"missing\.json cannot be read"):
        handwriting.main()
