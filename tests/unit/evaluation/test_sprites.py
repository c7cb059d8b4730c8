from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluation import sprites
from evaluation.evaluate import FOLDER
from training import dataset
from training.dataset import Split


@pytest.mark.parametrize("digit", range(10))
def test_committed_pictures_are_the_test_images_without_loss(digit: int) -> None:
    test = dataset.load().test
    images = test.images[test.labels == digit]
    path = FOLDER / sprites.name(digit)
    found = sprites.read(path)
    np.testing.assert_array_equal(found[: len(images)], images)
    assert not found[len(images) :].any()
    with Image.open(path) as picture:
        assert picture.size == sprites.size(len(images))


def test_an_image_is_where_its_rank_says(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (70, 28, 28), dtype=np.uint8)
    labels = np.resize(np.array([3, 5], dtype=np.int64), 70)
    sprites.write_digits(Split(images, labels), tmp_path)
    with Image.open(tmp_path / sprites.name(5)) as picture:
        left, top = sprites.place(sprites.rank(labels, 69))
        assert (left, top) == (2 * 28, 28)  # the 35th 5
        cut = np.asarray(picture.convert("L").crop((left, top, left + 28, top + 28)))
    np.testing.assert_array_equal(cut, images[69])


def test_chosen_images_are_cut_in_their_order(tmp_path: Path) -> None:
    test = dataset.load().test.first(200)
    labels, indices = test.labels.astype(np.intp), np.array([115, 3, 199], dtype=np.intp)
    sprites.write_digits(test, tmp_path)
    sprites.write_chosen(tmp_path, labels, indices)
    np.testing.assert_array_equal(sprites.read(tmp_path / sprites.CHOSEN)[:3], test.images[indices])
