"""Pen strokes of digits that people drew come in; how often the API reads them right goes out.

`python -m evaluation.handwriting FILE...` draws each digit as on the page's canvas, well placed and carelessly, and posts the
pictures to the app that ships to Lambda. A file is a JSON list of {"label": 0-9, "strokes": [[[x, y], ...], ...]}, y
downward, the longer side of the digit 1.
"""

import argparse
import base64
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.table import Table

from digits.preprocess import normalize
from training.dataset import Images
from training.strokes.canvas import PLACEMENTS, draw

SEED = 0  # of the sizes and places
MODELS = ("mlp", "tree")
SOURCES = {  # by the start of the file's name
    "uji": "UJI Pen Characters, 30 writers, stylus",
    "numberpad": "NumberPad, one writer, finger",
}


class DrawnError(Exception):
    """A file holds no strokes; the message says which."""


@dataclass(frozen=True)
class Result:
    """How often each model reads the digits of one file right, 0..1, and the pictures that the models saw."""

    file: str
    digits: int
    placement: str
    accuracy: dict[str, float]
    labels: NDArray[np.int64]
    pictures: Images


def measure(file: Path, placement: str) -> Result:
    """Draw every digit of a file, and ask the API that ships to Lambda. Raises DrawnError."""
    from fastapi.testclient import TestClient  # seconds with the app; who only draws needs neither

    from digits.app import app

    digits = read(file)
    rng = np.random.default_rng(SEED)
    drawings = [draw(digit["strokes"], PLACEMENTS[placement], rng) for digit in digits]
    client = TestClient(app)
    right = {model: 0 for model in MODELS}
    for digit, drawing in zip(digits, drawings, strict=True):
        for model, answer in _answers(client, drawing):
            right[model] += answer == digit["label"]
    return Result(
        file=file.stem,
        digits=len(digits),
        placement=placement,
        accuracy={model: count / len(digits) for model, count in right.items()},
        labels=np.array([digit["label"] for digit in digits]),
        pictures=np.stack([normalize(drawing) for drawing in drawings]),
    )


def title(name: str) -> str:
    """What to call the digits of a file, by its name without suffix."""
    return next((known for start, known in SOURCES.items() if name.startswith(start)), name)


def read(file: Path) -> list[dict[str, Any]]:
    """Read the strokes of a file. Raises DrawnError."""
    try:
        digits: list[dict[str, Any]] = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise DrawnError(f"{file} cannot be read as strokes: {error}") from None
    if not isinstance(digits, list) or not digits or any({"label", "strokes"} - set(digit) for digit in digits):
        raise DrawnError(f"{file} is no list of digits with a label and strokes.")
    return digits


def _answers(client: Any, picture: Image.Image) -> Iterator[tuple[str, int]]:
    png = io.BytesIO()
    picture.save(png, "PNG")
    drawing = {"drawing_data": f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"}
    for model in MODELS:
        response = client.post(f"/api/predict/{model}", json=drawing)
        response.raise_for_status()
        yield model, response.json()["digit"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evaluation.handwriting", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    files = parser.parse_args().files
    console = Console(stderr=True)
    table = Table("strokes", "digits", "placement", "network", "tree")
    try:
        for file in files:
            for placement in PLACEMENTS:
                with console.status(f"{file.stem}, {placement}"):
                    found = measure(file, placement)
                network, tree = (f"{found.accuracy[model]:.1%}" for model in MODELS)
                table.add_row(found.file, str(found.digits), placement, network, tree)
    except DrawnError as error:
        sys.exit(str(error))
    Console().print(table)


if __name__ == "__main__":
    main()
