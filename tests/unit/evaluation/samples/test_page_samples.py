import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits.preprocess import normalize
from digits.registry import Bundle
from evaluation import command
from evaluation.samples import page_samples
from evaluation.samples.page_samples import BOTH_ERR, FILE, TREE_ERRS, Probabilities
from training.dataset import Split, load_test

HARD = (*TREE_ERRS, *BOTH_ERR)

pytestmark = pytest.mark.slow  # predictions for 10,000 images


@pytest.fixture(scope="module")
def mnist() -> Split:
    return load_test()


@pytest.fixture(scope="module")
def probabilities(mnist: Split) -> list[Probabilities]:
    bundle = Bundle()
    return [bundle[model].probabilities(mnist.images) for model in ("tree", "mlp")]


def test_half_of_samples_are_misclassified(mnist: Split, probabilities: list[Probabilities]) -> None:
    chosen = page_samples.choose(mnist, *probabilities)
    assert mnist.labels[chosen].tolist() == list(range(10))
    tree, mlp = (each[chosen].argmax(axis=1) == np.arange(10) for each in probabilities)
    assert tree.tolist() == [digit not in HARD for digit in range(10)]
    assert mlp.tolist() == [digit not in BOTH_ERR for digit in range(10)]
    assert len(HARD) == 5


def test_samples_are_hardest_or_most_typical(mnist: Split, probabilities: list[Probabilities]) -> None:
    chosen = page_samples.choose(mnist, *probabilities)
    tree, mlp = probabilities
    nines = mnist.labels == 9
    both_wrong = nines & (tree.argmax(axis=1) != 9) & (mlp.argmax(axis=1) != 9)
    assert max(tree[chosen[9], 9], mlp[chosen[9], 9]) == np.maximum(tree[both_wrong, 9], mlp[both_wrong, 9]).min()
    ones = (mnist.labels == 1) & (tree.argmax(axis=1) != 1) & (mlp[:, 1] >= 0.9)
    assert tree[chosen[1]].max() == tree[ones].max()
    zeros = mnist.labels == 0
    both = zeros & (tree.argmax(axis=1) == 0) & (mlp.argmax(axis=1) == 0)
    distances = ((mnist.images - mnist.images[zeros].mean(axis=0)) ** 2).sum(axis=(1, 2))
    assert distances[chosen[0]] == distances[both].min()


def test_committed_strip_contains_chosen_images(mnist: Split, probabilities: list[Probabilities]) -> None:
    chosen = page_samples.choose(mnist, *probabilities)
    with Image.open(FILE) as picture:
        assert (picture.mode, picture.size) == ("L", (280, 28))
        assert np.array_equal(np.hsplit(np.asarray(picture), 10), mnist.images[chosen])


def test_normalize_leaves_samples_unchanged() -> None:
    with Image.open(FILE) as picture:
        for sample in np.hsplit(np.asarray(picture), 10):
            assert np.array_equal(normalize(Image.fromarray(sample)), sample)


def test_command_writes_strip_and_prints_predictions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "samples.png"
    monkeypatch.setattr(sys, "argv", ["evaluation", "page-samples", "--out", str(file)])
    command.main()
    assert file.read_bytes() == FILE.read_bytes()
    lines = [line for line in capsys.readouterr().out.splitlines() if "%" in line]
    assert [line.split()[1] for line in lines] == list("0123456789")
