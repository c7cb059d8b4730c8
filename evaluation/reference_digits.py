"""The bundle and the test images come in; ten of them go out, one of each digit, that no model may read wrong.

`python -m evaluation.reference_digits` chooses them and writes `functions/digits/reference_digits.png`: 0 to 9 from left to right. A function
lets models that it has fetched read them before they serve (`digits.reload`).
"""

import argparse
from pathlib import Path

import numpy as np

from digits.registry import Bundle
from evaluation.page_samples import Probabilities, strip
from training.dataset import CLASSES, Split, load_test
from training.files import write_atomically

FILE = Path("functions") / "digits" / "reference_digits.png"


def choose(test: Split, answers: list[Probabilities]) -> list[int]:
    """Choose of each digit the test image of which the least sure model is surest, by what each answers (n, 10)."""
    due = np.min([answer[np.arange(len(test)), test.labels] for answer in answers], axis=0)
    return [int(np.where(test.labels == digit, due, 0).argmax()) for digit in range(CLASSES)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evaluation.reference_digits", description=__doc__)
    parser.add_argument("--out", type=Path, default=FILE, metavar="FILE")
    file = parser.parse_args().out
    test = load_test()
    answers = [classifier.probabilities(test.images) for classifier in Bundle().all().values()]
    write_atomically(file, lambda beside: strip(test.images[choose(test, answers)]).save(beside, "PNG", optimize=True))


if __name__ == "__main__":
    main()
