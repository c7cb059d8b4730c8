import numpy as np
import pytest

from evaluation.out_of_distribution import kinds
from evaluation.schema import ImageKind
from training.dataset import load_test

DIGITS = load_test().images[:20]


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_images_are_normalized_and_reproducible(kind: ImageKind) -> None:
    pictures = kinds.make(kind, 12, DIGITS)
    assert pictures.shape == (12, 28, 28)
    assert pictures.dtype == np.uint8
    assert (pictures.max(axis=(1, 2)) > 100).all()
    for picture in pictures:
        rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
        assert 19 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 20  # the longer side, as serving scales it
    np.testing.assert_array_equal(pictures, kinds.make(kind, 12, DIGITS))
    assert len(np.unique(pictures, axis=0)) == 12


def test_letters_do_not_resemble_digits() -> None:
    assert not set(kinds.LETTERS) & set("OoQDIlijJLZzSsBbGgqyY0123456789")
    assert len(kinds.LETTERS) == len(set(kinds.LETTERS)) == 31
