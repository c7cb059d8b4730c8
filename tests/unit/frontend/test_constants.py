"""Constants that the page's JavaScript shares with Python, read from the modules with Node.js."""

import json
import subprocess
from pathlib import Path

from digits import decode, likeness, preprocess
from supply.npm.packages import NODE
from training.strokes import canvas

FRONTEND = Path(__file__).parents[3] / "frontend" / "js"


def exported_numbers(module: str) -> dict[str, float]:
    """Import a JavaScript module, and return the numbers that it exports."""
    script = "import(process.argv[1]).then((module) => console.log(JSON.stringify(module)))"
    printed = subprocess.run([NODE, "-e", script, (FRONTEND / module).as_uri()], capture_output=True, check=True).stdout
    return {name: value for name, value in json.loads(printed).items() if isinstance(value, int | float)}


def test_canvas_constants_equal_python() -> None:
    assert exported_numbers("canvas/canvas.js") == {"BRUSH": canvas.BRUSH, "SENT_SIZE": canvas.CANVAS}


def test_preprocessing_constants_equal_python() -> None:
    numbers = exported_numbers("local/preprocess.js")
    assert len(numbers) == 8
    assert numbers.pop("MAX_DECODE_SIDE") == decode.MAX_DECODE_SIDE
    assert numbers == {name: getattr(preprocess, name) for name in numbers}


def test_likeness_constants_equal_python() -> None:
    numbers = exported_numbers("local/likeness.js")
    assert numbers == {name: getattr(likeness, name) for name in ("INK_LEVEL", "MIN_MASS_RATIO", "MIN_HEIGHT_RATIO")}
