from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from evaluation import predictions
from evaluation.command import FOLDER
from evaluation.samples import sprites
from training import dataset
from training.dataset import Split


def read(path: Path) -> NDArray[np.uint8]:
    """Return the images (n, 28, 28) of a sprite; black images fill its last row."""
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("L"))
    rows = pixels.reshape(-1, 28, predictions.COLUMNS, 28)
    return rows.swapaxes(1, 2).reshape(-1, 28, 28)


@pytest.mark.parametrize("digit", range(10))
def test_committed_sprites_contain_test_images(digit: int) -> None:
    test = dataset.load_test()
    images = test.images[test.labels == digit]
    published = read(FOLDER / predictions.sprite_name(digit))
    np.testing.assert_array_equal(published[: len(images)], images)
    assert not published[len(images) :].any()


def test_image_is_at_position_of_its_rank(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (70, 28, 28), dtype=np.uint8)
    sprites.write_digits(Split(images, np.resize(np.array([3, 5], dtype=np.int64), 70)), tmp_path)
    left, top = predictions.sprite_position(34)  # the 35th 5
    with Image.open(tmp_path / predictions.sprite_name(5)) as picture:
        cut = np.asarray(picture.convert("L").crop((left, top, left + 28, top + 28)))
    np.testing.assert_array_equal(cut, images[69])


def test_hardest_sprite_keeps_order(tmp_path: Path) -> None:
    test = dataset.load_test().first(200)
    indices = np.array([115, 3, 199], dtype=np.intp)
    sprites.write_hardest(test, indices, tmp_path)
    np.testing.assert_array_equal(read(tmp_path / predictions.HARDEST_SPRITE)[:3], test.images[indices])
