"""The bundle and the test images come in; ten of them go out, one of each digit, for those who would rather not draw.

`python -m evaluation.page_samples` chooses them, prints what both models say, and writes `frontend/samples.png`: 0 to 9 from
left to right. Half of them are hard, so that the page has something to show to whoever takes all ten.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.table import Table

from digits.registry import Bundle
from training.dataset import CLASSES, Images, Split, load_test
from training.files import write_atomically

FILE = Path("frontend") / "samples.png"
TREE_ERRS = (1, 3, 7)  # digits of which the sample is one that the tree alone reads wrong
BOTH_ERR = (5, 9)  # and one that both read wrong; those of the other digits are typical
SURE = 0.9  # the network's least probability of a digit that the tree alone reads wrong: no toss-up

type Probabilities = NDArray[np.float32]


def choose(test: Split, tree: Probabilities, mlp: Probabilities) -> list[int]:
    """Choose ten test images, of 0 to 9, by what both models answer to all (n, 10). Returns their indices."""
    each, labels = np.arange(len(test)), test.labels
    says_tree, says_mlp = tree.argmax(axis=1), mlp.argmax(axis=1)
    due = np.maximum(tree[each, labels], mlp[each, labels])  # the more that either model gives to the right digit
    tree_errs = (says_tree != labels) & (mlp[each, labels] >= SURE)
    both_err = (says_tree != labels) & (says_mlp != labels)
    both_right = (says_tree == labels) & (says_mlp == labels)

    def best(digit: int) -> int:
        if digit in TREE_ERRS:  # where the tree is surest of its error
            return _first(tree_errs & (labels == digit), -tree.max(axis=1))
        if digit in BOTH_ERR:  # where neither has an idea of the right digit
            return _first(both_err & (labels == digit), due)
        return _first(both_right & (labels == digit), _distance(test.images, labels == digit))

    return [best(digit) for digit in range(CLASSES)]


def strip(images: Images) -> Image.Image:
    """Put images (n, 28, 28) side by side, as one of 28n x 28."""
    return Image.fromarray(np.hstack(list(images)))


def _first(among: NDArray[np.bool], order: NDArray[np.floating]) -> int:
    """The index of the lowest `order`; of the first, where several are equal."""
    return int(np.where(among, order, np.inf).argmin())


def _distance(images: Images, among: NDArray[np.bool]) -> NDArray[np.floating]:
    """How far each image (n, 28, 28) is from the mean of some of them."""
    return np.linalg.norm((images - images[among].mean(axis=0)).reshape(len(images), -1), axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evaluation.page_samples", description=__doc__)
    parser.add_argument("--out", type=Path, default=FILE, metavar="FILE")
    file = parser.parse_args().out
    test, bundle = load_test(), Bundle()
    tree, mlp = (bundle[model].probabilities(test.images) for model in ("tree", "mlp"))
    chosen = choose(test, tree, mlp)
    write_atomically(file, lambda beside: strip(test.images[chosen]).save(beside, optimize=True))
    table = Table("digit", "test image", "tree", "network")
    for digit, index in enumerate(chosen):
        table.add_row(str(digit), str(index), *(_said(answer[index]) for answer in (tree, mlp)))
    Console().print(table)


def _said(probabilities: Probabilities) -> str:
    return f"{probabilities.argmax()}, {probabilities.max():.1%} sure"


if __name__ == "__main__":
    main()
