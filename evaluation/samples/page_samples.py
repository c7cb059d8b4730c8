"""Ten sample digits for the page, an alternative to drawing: `python -m evaluation page-samples`.

Writes `frontend/samples.png`, 0 to 9 from left to right, and prints both models' predictions. Half of the samples are
misclassified by at least one model, so that the page shows mistakes, too.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.table import Table

from evaluation.onnx_model import open_bundle
from evaluation.output import check_file
from training.dataset import CLASSES, Images, Split, load_test
from training.files import write_atomically

HELP = "choose the ten samples of the page"
FILE = Path("frontend") / "samples.png"
TREE_ERRS = (1, 3, 7)  # digits whose sample only the tree misclassifies
BOTH_ERR = (5, 9)  # digits whose sample both misclassify; the other samples are typical
CONFIDENT = 0.9  # lowest probability that the MLP gives to a sample that only the tree misclassifies

type Probabilities = NDArray[np.float32]


def choose(test: Split, tree: Probabilities, mlp: Probabilities) -> list[int]:
    """Choose test images of 0 to 9 by both models' probabilities (n, 10). Returns ten indices."""
    each, labels = np.arange(len(test)), test.labels
    tree_right, mlp_right = tree.argmax(axis=1) == labels, mlp.argmax(axis=1) == labels
    true_class = np.maximum(tree[each, labels], mlp[each, labels])  # the higher probability of the two models
    tree_errs = ~tree_right & (mlp[each, labels] >= CONFIDENT)

    def best(digit: int) -> int:
        if digit in TREE_ERRS:  # the tree's most confident mistake
            return _first(tree_errs & (labels == digit), -tree.max(axis=1))
        if digit in BOTH_ERR:  # the lowest probability of the true class
            return _first(~tree_right & ~mlp_right & (labels == digit), true_class)
        return _first(tree_right & mlp_right & (labels == digit), _distance(test.images, labels == digit))

    return [best(digit) for digit in range(CLASSES)]


def strip(images: Images) -> Image.Image:
    """Put images (n, 28, 28) side by side, in one of 28n x 28 pixels."""
    return Image.fromarray(np.hstack(list(images)))


def _first(among: NDArray[np.bool], order: NDArray[np.floating]) -> int:
    """Return the index of the lowest `order`; the first one, if several are equal."""
    return int(np.where(among, order, np.inf).argmin())


def _distance(images: Images, among: NDArray[np.bool]) -> NDArray[np.floating]:
    """Return the distance of each image (n, 28, 28) from the mean of some of them."""
    return np.linalg.norm((images - images[among].mean(axis=0)).reshape(len(images), -1), axis=1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=FILE, metavar="FILE", help="picture to write (%(default)s)")


def command(arguments: argparse.Namespace) -> None:
    """Write the picture, and print the predictions."""
    file: Path = arguments.out
    check_file(file)
    test, bundle = load_test(), open_bundle()
    tree, mlp = (bundle[model].probabilities(test.images) for model in ("tree", "mlp"))
    chosen = choose(test, tree, mlp)
    write_atomically(file, lambda temporary: strip(test.images[chosen]).save(temporary, optimize=True))
    table = Table("digit", "test image", "tree", "MLP")
    for digit, index in enumerate(chosen):
        table.add_row(str(digit), str(index), *(_prediction(probabilities[index]) for probabilities in (tree, mlp)))
    Console().print(table)


def _prediction(probabilities: Probabilities) -> str:
    return f"{probabilities.argmax()}, {probabilities.max():.1%}"
