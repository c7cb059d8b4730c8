"""Ten test images, one of each digit, that every served model must classify: `python -m evaluation reference-digits`.

Writes `functions/digits/reference_digits.png`, 0 to 9 from left to right. The function validates downloaded models with
them before it serves these (`digits.reload`).
"""

import argparse
from pathlib import Path

import numpy as np

from evaluation.onnx_model import open_bundle
from evaluation.output import check_file
from evaluation.samples.page_samples import Probabilities, strip
from training.dataset import CLASSES, Split, load_test
from training.files import write_atomically

HELP = "choose the ten images that the function checks downloaded models with"
FILE = Path("functions") / "digits" / "reference_digits.png"


def choose(test: Split, probabilities: list[Probabilities]) -> list[int]:
    """Choose for each digit the test image that maximizes the lowest true-class probability (n, 10) of the models."""
    lowest = np.min([each[np.arange(len(test)), test.labels] for each in probabilities], axis=0)
    return [int(np.where(test.labels == digit, lowest, 0).argmax()) for digit in range(CLASSES)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=FILE, metavar="FILE", help="picture to write (%(default)s)")


def command(arguments: argparse.Namespace) -> None:
    """Write the picture."""
    file: Path = arguments.out
    check_file(file)
    test = load_test()
    chosen = choose(test, [classifier.probabilities(test.images) for classifier in open_bundle().all().values()])
    write_atomically(file, lambda temporary: strip(test.images[chosen]).save(temporary, "PNG", optimize=True))
    print(f"Wrote {file}")
