"""Pen strokes of digits that people drew come in; how often the API reads them right goes out.

`python -m training.drawn FILE...` draws each digit as on the page's canvas, well placed and carelessly, and posts the
pictures to the app that ships to Lambda. A file is a JSON list of {"label": 0-9, "strokes": [[[x, y], ...], ...]}, y
downward, the longer side of the digit 1.
"""

import argparse
import base64
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from fastapi.testclient import TestClient
from PIL import Image, ImageDraw
from rich.console import Console
from rich.progress import track
from rich.table import Table

from digits.app import app

CANVAS, BRUSH = 364, 20  # pixels: the page's canvas and its round brush
OVERSAMPLING = 3  # a browser's strokes have smooth edges
SEED = 0  # of the sizes and places

type Strokes = list[list[list[float]]]


@dataclass(frozen=True)
class Placement:
    """How a person fits a digit into the canvas."""

    smallest: float  # of the digit's longer side, as a share of the canvas
    largest: float
    wander: float | None  # of the centre from the middle, as a share of the canvas; None: anywhere inside


PLACEMENTS = {"typical": Placement(0.60, 0.75, 0.05), "careless": Placement(0.30, 0.70, None)}


def draw(strokes: Strokes, placement: Placement, rng: np.random.Generator) -> Image.Image:
    """Draw white strokes on a black canvas, as the page does. Returns an L image, CANVAS x CANVAS."""
    size = rng.uniform(placement.smallest, placement.largest) * CANVAS
    reach = placement.wander * CANVAS if placement.wander is not None else (CANVAS - size - BRUSH) / 2
    corner = CANVAS / 2 + rng.uniform(-reach, reach, 2) - size / 2
    canvas = Image.new("L", (CANVAS * OVERSAMPLING,) * 2)
    pen = ImageDraw.Draw(canvas)
    for stroke in strokes:
        points = [tuple(point) for point in (np.array(stroke) * size + corner) * OVERSAMPLING]
        pen.line(points, 255, BRUSH * OVERSAMPLING)
        for x, y in points:  # round joints and ends
            r = BRUSH * OVERSAMPLING / 2
            pen.ellipse((x - r, y - r, x + r, y + r), 255)
    return canvas.reduce(OVERSAMPLING)


def accuracy(digits: list[dict[str, Any]], placement: Placement, client: TestClient) -> dict[str, float]:
    """Share of the digits, 0..1, that each model reads right through the API."""
    rng = np.random.default_rng(SEED)
    right: dict[str, int] = {}
    for digit in track(digits, transient=True, console=Console(stderr=True)):
        for model, answer in _answers(client, draw(digit["strokes"], placement, rng)):
            right[model] = right.get(model, 0) + (answer == digit["label"])
    return {model: count / len(digits) for model, count in right.items()}


def _answers(client: TestClient, picture: Image.Image) -> Iterator[tuple[str, int]]:
    png = io.BytesIO()
    picture.save(png, "PNG")
    drawing = {"drawing_data": f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"}
    for model in ("mlp", "tree"):
        response = client.post(f"/api/predict/{model}", json=drawing)
        response.raise_for_status()
        yield model, response.json()["digit"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.drawn", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    client = TestClient(app)
    table = Table("strokes", "digits", "placement", "network", "tree")
    for file in parser.parse_args().files:
        digits = json.loads(file.read_text())
        for name, placement in PLACEMENTS.items():
            found = accuracy(digits, placement, client)
            table.add_row(file.stem, str(len(digits)), name, f"{found['mlp']:.1%}", f"{found['tree']:.1%}")
    Console().print(table)


if __name__ == "__main__":
    main()
