"""Pictures of the kinds that people send, and the API's answers: `python -m evaluation pictures [--out FOLDER]`.

Made from the recorded strokes in `evaluation/strokes`, the same each time. A file is FOLDER/KIND/LABEL-NUMBER.png, or
.jpg of a photograph.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.table import Table

from digits.registry import BUNDLE
from evaluation.api import open_client
from evaluation.onnx_model import open_bundle
from evaluation.output import check_folder
from evaluation.pictures.kinds import KINDS, encode, make
from evaluation.pictures.measure import COUNT, measure
from evaluation.schema import KINDS as MODELS
from evaluation.schema import PictureKind
from evaluation.strokes.files import default_digits

HELP = "make the kinds of pictures that people send, and print how the API answers them"
HEAD = ("kind", "pictures", "MLP right", "tree right", "MLP surely wrong", "tree surely wrong", "refused", "flagged")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="folder to write the pictures to")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND", help="(all)")


def command(arguments: argparse.Namespace) -> None:
    """Write the pictures, and print the table."""
    console = Console(stderr=True)
    open_bundle()
    if arguments.out:
        check_folder(arguments.out)
    digits, client, table = default_digits(), open_client(Path(BUNDLE)), Table(*HEAD)
    for name in arguments.kinds:
        with console.status(KINDS[name].title):
            pictures = make(name, digits, COUNT)
            if arguments.out:
                write(arguments.out / name, name, pictures)
            table.add_row(*row(measure(name, pictures, client)))
    Console().print(table)


def write(folder: Path, name: str, pictures: Sequence[tuple[int, Image.Image]]) -> None:
    """Write labeled pictures of a kind. Raises OutputError."""
    check_folder(folder)
    for number, (label, picture) in enumerate(pictures):
        suffix, content = encode(name, picture)
        (folder / f"{label}-{number:02}.{suffix}").write_bytes(content)


def row(kind: PictureKind) -> list[str]:
    shares = [kind["right"][model] for model in MODELS] + [kind["surely_wrong"][model] for model in MODELS]
    return [kind["title"], str(kind["pictures"]), *(f"{x:.0%}" for x in (*shares, kind["refused"], kind["flagged"]))]
