import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits.registry import Bundle
from digits.reload import REFERENCE_DIGITS
from evaluation import command
from evaluation.samples import reference_digits
from training.dataset import load_test

pytestmark = pytest.mark.slow  # predictions for 10,000 images


def test_choice_maximizes_lowest_true_class_probability() -> None:
    test = load_test()
    probabilities = [classifier.probabilities(test.images) for classifier in Bundle().all().values()]
    chosen = reference_digits.choose(test, probabilities)
    assert test.labels[chosen].tolist() == list(range(10))
    for digit, index in enumerate(chosen):
        of_the_digit = test.labels == digit
        least = np.minimum(*(each[:, digit] for each in probabilities))
        assert least[index] == least[of_the_digit].max()


def test_committed_reference_digits_are_the_chosen_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sys, "argv", ["evaluation", "reference-digits", "--out", str(tmp_path / "reference_digits.png")]
    )
    command.main()
    with Image.open(tmp_path / "reference_digits.png") as made, Image.open(REFERENCE_DIGITS) as committed:
        assert np.array_equal(np.asarray(made), np.asarray(committed))
    assert Path(REFERENCE_DIGITS).resolve() == reference_digits.FILE.resolve()
