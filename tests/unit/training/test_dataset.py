import gzip
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from training import dataset
from training.dataset import DATA, DataError, Mnist


@pytest.mark.slow
def test_splits_have_expected_counts_ranges_and_balance() -> None:
    mnist = dataset.load()
    assert [len(split) for split in (mnist.train, mnist.validation, mnist.test)] == [54_000, 6_000, 10_000]
    for split in (mnist.train, mnist.validation, mnist.test):
        assert split.images.shape == (len(split), 28, 28)
        assert split.images.dtype == np.uint8
        assert (int(split.images.min()), int(split.images.max())) == (0, 255)
        assert split.labels.dtype == np.int64
        assert (int(split.labels.min()), int(split.labels.max())) == (0, 9)
        shares = np.bincount(split.labels) / len(split)
        assert shares.min() > 0.085
        assert shares.max() < 0.12


@pytest.mark.slow
def test_no_image_is_in_two_splits() -> None:
    mnist = dataset.load()
    train, validation, test = (
        {image.tobytes() for image in split.images} for split in (mnist.train, mnist.validation, mnist.test)
    )
    assert not train & validation
    assert not train & test
    assert not validation & test


def test_uncompressed_files_are_read(tmp_path: Path) -> None:
    for file in DATA.glob("t10k*.gz"):
        (tmp_path / file.stem).write_bytes(gzip.decompress(file.read_bytes()))
    np.testing.assert_array_equal(dataset.load_test(tmp_path).images, dataset.load_test().images)


def test_subset_has_n_training_and_n_sixth_other_images(small_mnist: Mnist) -> None:
    quick = small_mnist.subset(600)
    assert [len(split) for split in (quick.train, quick.validation, quick.test)] == [600, 100, 100]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("missing", "is missing"),
        ("truncated", "is damaged"),
        ("not gzip", "is damaged"),
        ("other content", "sha256 differs"),
    ],
)
def test_damaged_file_error_names_file_and_command(tmp_path: Path, damage: str, message: str) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    file = folder / "t10k-labels-idx1-ubyte.gz"
    content = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        damaged = {"truncated": content[:99], "not gzip": b"hello", "other content": gzip.compress(b"hello")}
        file.write_bytes(damaged[damage])
    with pytest.raises(DataError, match=f"{message}.*git checkout training/data") as raised:
        dataset.load_test(folder)
    assert "t10k-labels" in str(raised.value)


def replace_keras(monkeypatch: pytest.MonkeyPatch, load_data: Callable[[], Any]) -> None:
    """Replace Keras, whose import takes seconds, by one function."""
    monkeypatch.setitem(sys.modules, "keras.datasets", SimpleNamespace(mnist=SimpleNamespace(load_data=load_data)))


def test_download_is_split_like_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    images, labels = np.zeros((60_000, 28, 28), np.uint8), np.arange(60_000, dtype=np.uint8) % 10
    replace_keras(monkeypatch, lambda: ((images, labels), (images[:10_000], labels[:10_000])))
    mnist = dataset.download()
    assert [len(split) for split in (mnist.train, mnist.validation, mnist.test)] == [54_000, 6_000, 10_000]


def test_failed_download_error_names_the_committed_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise Exception("URL fetch failure")

    replace_keras(monkeypatch, fail)
    with pytest.raises(DataError, match=r"URL fetch failure.*Omit --download: training/data"):
        dataset.download()
