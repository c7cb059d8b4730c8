"""Small samples in the formats of the published data sets."""

import json
from pathlib import Path

import pytest

from evaluation.strokes import convert, files, sources
from evaluation.strokes.files import StrokesError

UJI = """//
// UJI: 100 units per millimetre
//
// ASCII char: 7
WORD 7 trn_UJI_W01-01
  NUMSTROKES 2
  POINTS 3 # 100 200 300 200 200 600
  POINTS 2 # 150 400 250 400
// ASCII char: ;
WORD ; trn_UJI_W01-01
  NUMSTROKES 1
  POINTS 1 # 5 5
// Non-ASCII char: ntilde
WORD \N{LATIN SMALL LETTER N WITH TILDE} trn_UJI_W01-01
  NUMSTROKES 1
  POINTS 1 # 5 5
// ASCII char: 1
WORD 1 tst_UPV_W30-02
  NUMSTROKES 1
  POINTS 2 # -10 0 -10 40
// ASCII char: 1
WORD 1 tst_UPV_W31-01
  NUMSTROKES 1
  POINTS 2 # 0 0 0 40
"""
SEVEN = {"label": 7, "strokes": [[[0.25, 0.0], [0.75, 0.0], [0.5, 1.0]], [[0.375, 0.5], [0.625, 0.5]]]}
ONE = {"label": 1, "strokes": [[[0.5, 0.0], [0.5, 1.0]]]}
NUMBERPAD = {
    "rawData": {"7": [[[[0, 0], [200, 0], [100, 400]], [[50, 200], [150, 200]]]], "1": [[[[3, 3], [3, 9]]]] * 2}
}


def test_uji_keeps_digits_of_thirty_writers() -> None:
    assert sources.uji(UJI) == [ONE, SEVEN]


def test_numberpad_keeps_digits_once() -> None:
    recorded = {"rawData": NUMBERPAD["rawData"] | {"x": [[[[0, 0]]]]}, "normalizedData": {}}
    assert sources.numberpad(json.dumps(recorded)) == [ONE, SEVEN]


def test_single_point_is_centered() -> None:
    assert sources.normalize([[[7.0, 9.0]]]) == [[[0.5, 0.5]]]


def test_incomplete_uji_sample_raises_value_error() -> None:
    for text in (UJI.replace("POINTS 3", "POINTS 4"), UJI.replace("NUMSTROKES 2", "NUMSTROKES 3")):
        with pytest.raises(ValueError, match=r"'WORD 7 trn_UJI_W01-01' lacks strokes or points"):
            sources.uji(text)
    with pytest.raises(ValueError, match=r"'WORD 7 trn_UJI_W01-01' has no session and NUMSTROKES"):
        sources.uji(UJI.replace("  NUMSTROKES 2\n", ""))


def test_converted_file_is_read_back(tmp_path: Path) -> None:
    (tmp_path / "source").write_text(UJI)
    files.write(tmp_path / "strokes.json", convert.convert("uji", tmp_path / "source"))
    assert files.read(tmp_path / "strokes.json") == [ONE, SEVEN]


def test_source_of_the_other_format_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "source").write_text(json.dumps(NUMBERPAD))
    with pytest.raises(StrokesError, match=r"source has no digits in the format uji"):
        convert.convert("uji", tmp_path / "source")
