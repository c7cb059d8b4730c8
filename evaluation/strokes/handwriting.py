"""Accuracy on recorded pen strokes, through the API: `python -m evaluation handwriting FILE...`.

Each digit is drawn on a canvas like the page's, with typical and with careless placement, and posted to the
application. `evaluation.strokes` reads the files.
"""

import argparse
import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from digits.preprocess import normalize
from digits.registry import BUNDLE
from evaluation.api import open_client
from evaluation.onnx_model import open_bundle
from evaluation.schema import KINDS, Kind
from evaluation.strokes.files import read
from training.dataset import Images, Labels
from training.strokes.canvas import PLACEMENTS, draw

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

HELP = "print the accuracy on recorded pen strokes"
SEED = 0  # of sizes and positions


@dataclass(frozen=True)
class Result:
    """Accuracy (0..1) of each model on the digits of one file, and the models' inputs (n, 28, 28)."""

    file: str
    placement: str
    accuracy: dict[Kind, float]
    labels: Labels
    pictures: Images

    @property
    def digits(self) -> int:
        return len(self.labels)


def measure(file: Path, placement: str, bundle: Path = Path(BUNDLE)) -> Result:
    """Draw every digit of a file and classify it by the API with the models of a bundle. Raises StrokesError."""
    digits = read(file)
    labels = np.array([digit["label"] for digit in digits])
    rng = np.random.default_rng(SEED)
    drawings = [draw(digit["strokes"], PLACEMENTS[placement], rng) for digit in digits]
    client = open_client(bundle)
    predicted = np.array([list(_predictions(client, drawing)) for drawing in drawings])
    return Result(
        file=file.stem,
        placement=placement,
        accuracy=dict(zip(KINDS, (predicted == labels[:, None]).mean(axis=0).tolist(), strict=True)),
        labels=labels,
        pictures=np.stack([normalize(drawing) for drawing in drawings]),
    )


def _predictions(client: "TestClient", picture: Image.Image) -> Iterator[int]:
    png = io.BytesIO()
    picture.save(png, "PNG")
    body = {"drawing_data": f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"}
    for model in KINDS:
        response = client.post(f"/api/predict/{model}", json=body)
        response.raise_for_status()
        yield response.json()["digit"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")


def command(arguments: argparse.Namespace) -> None:
    """Print the table of accuracy on each file."""
    console = Console(stderr=True)
    open_bundle()
    for file in arguments.files:
        read(file)  # reports a malformed file before the first is measured
    table = Table("strokes", "digits", "placement", "MLP", "tree")
    for file in arguments.files:
        for placement in PLACEMENTS:
            with console.status(f"{file.stem}, {placement}"):
                result = measure(file, placement)
            mlp, tree = (f"{result.accuracy[model]:.1%}" for model in KINDS)
            table.add_row(result.file, str(result.digits), placement, mlp, tree)
    Console().print(table)
