import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits.preprocess import normalize
from digits.registry import Bundle
from evaluation import page_samples
from evaluation.page_samples import BOTH_ERR, FILE, TREE_ERRS, Probabilities
from training.dataset import Split, load_test

HARD = (*TREE_ERRS, *BOTH_ERR)


@pytest.fixture(scope="module")
def mnist() -> Split:
    return load_test()


@pytest.fixture(scope="module")
def answers(mnist: Split) -> list[Probabilities]:
    bundle = Bundle()
    return [bundle[model].probabilities(mnist.images) for model in ("tree", "mlp")]


def test_half_of_the_samples_are_hard(mnist: Split, answers: list[Probabilities]) -> None:
    chosen = page_samples.choose(mnist, *answers)
    assert mnist.labels[chosen].tolist() == list(range(10))
    tree, mlp = (answer[chosen].argmax(axis=1) == np.arange(10) for answer in answers)
    assert tree.tolist() == [digit not in HARD for digit in range(10)]
    assert mlp.tolist() == [digit not in BOTH_ERR for digit in range(10)]
    assert len(HARD) == 5


def test_no_other_image_is_harder_or_more_typical(mnist: Split, answers: list[Probabilities]) -> None:
    chosen = page_samples.choose(mnist, *answers)
    tree, mlp = answers
    nines = mnist.labels == 9
    neither = nines & (tree.argmax(axis=1) != 9) & (mlp.argmax(axis=1) != 9)
    assert max(tree[chosen[9], 9], mlp[chosen[9], 9]) == np.maximum(tree[neither, 9], mlp[neither, 9]).min()
    ones = (mnist.labels == 1) & (tree.argmax(axis=1) != 1) & (mlp[:, 1] >= 0.9)
    assert tree[chosen[1]].max() == tree[ones].max()
    zeros = mnist.labels == 0
    both = zeros & (tree.argmax(axis=1) == 0) & (mlp.argmax(axis=1) == 0)
    distances = ((mnist.images - mnist.images[zeros].mean(axis=0)) ** 2).sum(axis=(1, 2))
    assert distances[chosen[0]] == distances[both].min()


def test_committed_strip_is_what_the_rule_chooses(mnist: Split, answers: list[Probabilities]) -> None:
    chosen = page_samples.choose(mnist, *answers)
    with Image.open(FILE) as picture:
        assert (picture.mode, picture.size) == ("L", (280, 28))
        assert np.array_equal(np.hsplit(np.asarray(picture), 10), mnist.images[chosen])


def test_models_see_the_samples_unchanged() -> None:
    with Image.open(FILE) as picture:
        for sample in np.hsplit(np.asarray(picture), 10):
            assert np.array_equal(normalize(Image.fromarray(sample)), sample)


def test_command_writes_the_strip_and_says_what_is_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "samples.png"
    monkeypatch.setattr(sys, "argv", ["samples", "--out", str(file)])
    page_samples.main()
    assert file.read_bytes() == FILE.read_bytes()
    lines = [line for line in capsys.readouterr().out.splitlines() if "sure" in line]
    assert [line.split()[1] for line in lines] == list("0123456789")
