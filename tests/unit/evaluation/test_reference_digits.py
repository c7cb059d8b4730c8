import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits.registry import Bundle
from digits.reload import REFERENCE_DIGITS
from evaluation import reference_digits
from training.dataset import load_test


def test_of_each_digit_the_one_that_the_least_sure_model_is_surest_of() -> None:
    test = load_test()
    answers = [classifier.probabilities(test.images) for classifier in Bundle().all().values()]
    chosen = reference_digits.choose(test, answers)
    assert test.labels[chosen].tolist() == list(range(10))
    for digit, index in enumerate(chosen):
        of_the_digit = test.labels == digit
        least = np.minimum(*(answer[:, digit] for answer in answers))
        assert least[index] == least[of_the_digit].max()


def test_the_function_has_what_the_rule_chooses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["known", "--out", str(tmp_path / "reference_digits.png")])
    reference_digits.main()
    with Image.open(tmp_path / "reference_digits.png") as made, Image.open(REFERENCE_DIGITS) as committed:
        assert np.array_equal(np.asarray(made), np.asarray(committed))
    assert Path(REFERENCE_DIGITS).resolve() == reference_digits.FILE.resolve()
