import json
import sys
from pathlib import Path

import numpy as np
import pytest

from digits.registry import Bundle
from evaluation import command
from evaluation.strokes import files, handwriting
from evaluation.strokes.files import Digit, StrokesError
from training.strokes.canvas import BRUSH, CANVAS, PLACEMENTS, draw

SEVEN: Digit = {"label": 7, "strokes": [[[0.2, 0.0], [0.8, 0.0], [0.5, 1.0]]]}
ONE: Digit = {"label": 1, "strokes": [[[0.5, 0.0], [0.5, 1.0]]]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "two_hands.json"
    path.write_text(json.dumps([SEVEN, ONE]))
    return path


def test_drawn_strokes_fit_canvas_with_brush_width() -> None:
    brush = BRUSH * CANVAS
    for placement in PLACEMENTS.values():
        rng = np.random.default_rng(1)
        for _ in range(20):
            canvas = np.asarray(draw(ONE["strokes"], placement, rng))
            assert canvas.shape == (CANVAS, CANVAS)
            assert canvas[0].max() == canvas[-1].max() == 0
            assert (canvas > 127).any(axis=0).sum() == pytest.approx(brush, abs=1)
            length = (canvas > 127).any(axis=1).sum() - brush
            assert placement.smallest * CANVAS - 2 <= length <= placement.largest * CANVAS + 2


@pytest.mark.slow
def test_measure_returns_accuracy_and_model_inputs(file: Path) -> None:
    result = handwriting.measure(file, "typical")
    assert (result.file, result.digits, result.placement) == ("two_hands", 2, "typical")
    assert result.accuracy == {"mlp": 1, "tree": 1}
    assert result.labels.tolist() == [7, 1]
    for model in ("mlp", "tree"):  # the pictures are the models' inputs
        assert Bundle()[model].probabilities(result.pictures).argmax(axis=1).tolist() == [7, 1]


@pytest.mark.slow
def test_wrong_predictions_lower_accuracy(tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps([SEVEN | {"label": 3}, ONE]))
    assert handwriting.measure(path, "careless").accuracy == {"mlp": 0.5, "tree": 0.5}


@pytest.mark.parametrize("content", ["[", "[]", '{"label": 1}', '[{"label": 1}]'])
def test_file_without_strokes_raises_strokes_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "strokes.json"
    path.write_text(content)
    with pytest.raises(StrokesError, match=r"strokes\.json"):
        files.read(path)


@pytest.mark.slow
def test_command_prints_row_for_each_placement(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["evaluation", "handwriting", str(file)])
    command.main()
    rows = [line for line in capsys.readouterr().out.splitlines() if "two_hands" in line]
    assert [row.count("100.0%") for row in rows] == [2, 2]
    monkeypatch.setattr(sys, "argv", ["evaluation", "handwriting", "missing.json"])
    with pytest.raises(StrokesError, match=r"missing\.json cannot be read"):
        command.main()
