"""Detector of pictures that are not one digit: its pictures, fit, calibration and file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training import checkpoints
from training.checkpoints import CheckpointError
from training.dataset import Mnist
from training.digit_likeness import detector, digit_variants, fit, non_digits, shapes
from training.digit_likeness.detector import Detector
from training.recipes import FULL_RESOLUTION

pytestmark = pytest.mark.slow  # imports Keras and scikit-learn

SETTINGS = replace(detector.QUICK, digits=3_000, non_digits=2_400, epochs=4)


@pytest.fixture(scope="module", name="fitted")
def _fitted(small_mnist: Mnist) -> Detector:
    return fit.fit(SETTINGS, FULL_RESOLUTION, small_mnist)


@pytest.mark.parametrize("maker", dict.fromkeys(non_digits.MAKERS), ids=lambda maker: maker.__name__)
def test_each_kind_of_non_digit_has_ink(small_mnist: Mnist, maker: non_digits.Maker) -> None:
    rng = np.random.default_rng(0)
    pictures = [np.asarray(maker(small_mnist.train, rng)) for _ in range(20)]
    assert min(picture.max() for picture in pictures) > 100


def test_pictures_are_reproducible_and_distinct(small_mnist: Mnist) -> None:
    for make in (non_digits.make, digit_variants.make):
        first, again, other = (make(24, small_mnist.train, np.random.default_rng(seed)) for seed in (0, 0, 1))
        assert first.shape == (24, 28, 28)
        assert first.dtype == np.uint8
        np.testing.assert_array_equal(first, again)
        assert (first != other).any(axis=(1, 2)).all()


@pytest.mark.parametrize("shape", dict.fromkeys(shapes.SHAPES))
def test_strokes_are_near_the_unit_square(shape: shapes.Shape) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        points = np.concatenate(shape(rng))
        assert points.min() > -0.6
        assert points.max() < 1.6


def test_quick_fit_separates_digits_from_others(fitted: Detector, small_mnist: Mnist) -> None:
    others = non_digits.make(240, small_mnist.test, np.random.default_rng(5))
    digits, flagged = fitted.likeness(small_mnist.test.images), fitted.likeness(others) < fitted.threshold
    assert np.median(digits) > 0.8
    assert np.median(fitted.likeness(others)) < 0.3
    assert (digits < fitted.threshold).mean() < 0.05
    assert flagged.mean() > 0.2


def test_threshold_flags_the_chosen_fraction_of_digits(fitted: Detector) -> None:
    assert fitted.metrics["flagged_digits"] < 0.03
    assert fitted.metrics["auroc"] > 0.85


def test_same_seed_fits_the_same_weights(fitted: Detector, small_mnist: Mnist) -> None:
    again = fit.fit(SETTINGS, FULL_RESOLUTION, small_mnist)
    np.testing.assert_array_equal(again.hidden, fitted.hidden)
    assert again.threshold == fitted.threshold


def test_detector_is_read_as_it_was_written(fitted: Detector, small_mnist: Mnist, tmp_path: Path) -> None:
    detector.save(fitted, checkpoints.detector_path("wide", tmp_path))
    read = checkpoints.load_detector("mlp", "wide", tmp_path)
    assert read is not None
    images = small_mnist.test.images
    np.testing.assert_array_equal(read.likeness(images), fitted.likeness(images))
    assert (read.threshold, read.settings, read.metrics) == (fitted.threshold, fitted.settings, fitted.metrics)


def test_model_without_detector_has_none(tmp_path: Path) -> None:
    assert checkpoints.load_detector("mlp", "wide", tmp_path) is None
    assert checkpoints.load_detector("tree", "upright", tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"PK\x03\x04 truncated"])
def test_damaged_detector_error_names_the_command(tmp_path: Path, content: bytes) -> None:
    checkpoints.detector_path("wide", tmp_path).write_bytes(content)
    with pytest.raises(CheckpointError, match="python -m training likeness"):
        checkpoints.load_detector("mlp", "wide", tmp_path)
