import gzip
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from training import dataset
from training.dataset import DATA, DataError


def test_counts_ranges_and_balance() -> None:
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


def test_no_image_is_in_two_splits() -> None:
    mnist = dataset.load()
    train, validation, test = (
        {image.tobytes() for image in split.images} for split in (mnist.train, mnist.validation, mnist.test)
    )
    assert not train & validation
    assert not train & test
    assert not validation & test


def test_files_that_are_not_gzipped_are_read(tmp_path: Path) -> None:
    for file in DATA.glob("t10k*.gz"):
        (tmp_path / file.stem).write_bytes(gzip.decompress(file.read_bytes()))
    np.testing.assert_array_equal(dataset.load_test(tmp_path).images, dataset.load_test().images)


def test_a_subset_keeps_the_splits_apart() -> None:
    quick = dataset.load().subset(600)
    assert [len(split) for split in (quick.train, quick.validation, quick.test)] == [600, 100, 100]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("missing", "is missing"),
        ("cut off", "is damaged"),
        ("not gzip", "is damaged"),
        ("other content", "another sha256"),
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, damage: str, says: str) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    file = folder / "t10k-labels-idx1-ubyte.gz"
    content = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        damaged = {"cut off": content[:99], "not gzip": b"hello", "other content": gzip.compress(b"hello")}
        file.write_bytes(damaged[damage])
    with pytest.raises(DataError, match=f"{says}.*git checkout training/data") as refused:
        dataset.load(folder)
    assert "t10k-labels" in str(refused.value)


def test_keras_own_download_is_split_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    images, labels = np.zeros((60_000, 28, 28), np.uint8), np.arange(60_000, dtype=np.uint8) % 10
    answer = (images, labels), (images[:10_000], labels[:10_000])
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: answer)
    mnist = dataset.download()
    assert [len(split) for split in (mnist.train, mnist.validation, mnist.test)] == [54_000, 6_000, 10_000]


def test_a_failed_download_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", fail)
    with pytest.raises(DataError, match=r"URL fetch failure.*data/ instead"):
        dataset.download()
