"""The committed bundle: its manifest's claims, and its accuracy on changed pictures."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from digits.preprocess import normalize
from digits.registry import Bundle
from training.dataset import Images, load_test
from training.metrics import metrics

BUNDLE = Bundle()
TEST = load_test()
MIN_ACCURACY = {"mlp": 0.994, "tree": 0.95}
MAX_BYTES = {"mlp": 6_000_000, "tree": 2_000_000}
SAMPLE = 300  # images for tests of normalize


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_metrics_equal_the_manifest(kind: str) -> None:
    classifier = BUNDLE[kind]
    measured = metrics(TEST.labels, classifier.probabilities(TEST.images))
    assert measured.pop("ece") == pytest.approx(
        classifier.entry["metrics"]["ece"], abs=1e-4
    )  # of float32 probabilities
    assert measured == {name: classifier.entry["metrics"][name] for name in measured}
    assert measured["accuracy"] >= MIN_ACCURACY[kind]
    assert classifier.entry["bytes"] <= MAX_BYTES[kind]


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_manifest_records_parity(kind: str) -> None:
    parity = BUNDLE[kind].entry["parity"]
    assert (parity["images"], parity["different_answers"]) == (10_000, 0)
    assert parity["max_difference"] <= 1e-5


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_batch_and_single_predictions_are_equal(kind: str) -> None:
    many = BUNDLE[kind].probabilities(TEST.images[:100])
    single = np.concatenate([BUNDLE[kind].probabilities(image[None]) for image in TEST.images[:100]])
    np.testing.assert_allclose(single, many, atol=1e-6)


def enlarged(image: Image.Image) -> Image.Image:
    return image.resize((280, 280), Image.Resampling.BICUBIC)


def in_a_corner(image: Image.Image) -> Image.Image:
    canvas = Image.new("L", (600, 600))
    canvas.paste(enlarged(image), (310, 20))
    return canvas


def slanted(image: Image.Image) -> Image.Image:
    wide = Image.new("L", (560, 280))
    wide.paste(enlarged(image), (140, 0))
    return wide.transform(wide.size, Image.Transform.AFFINE, (1, 0.4, -56, 0, 1, 0), Image.Resampling.BICUBIC)


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "enlarged": enlarged,
    "small in a corner": in_a_corner,
    "slanted": slanted,
    "dark on light": lambda image: ImageOps.invert(enlarged(image)),
    "blue on yellow": lambda image: ImageOps.colorize(enlarged(image), "yellow", "blue"),
    "thicker": lambda image: enlarged(image).filter(ImageFilter.MaxFilter(5)),
    "thinner": lambda image: enlarged(image).filter(ImageFilter.MinFilter(5)),
}


@cache
def changed_images(change: str) -> Images:
    return np.stack([normalize(CHANGES[change](Image.fromarray(image))) for image in TEST.images[:SAMPLE]])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mlp", "tree"])
@pytest.mark.parametrize("change", CHANGES)
def test_small_changes_keep_the_prediction(kind: str, change: str) -> None:
    before, after = (
        BUNDLE[kind].probabilities(images).argmax(axis=1) for images in (TEST.images[:SAMPLE], changed_images(change))
    )
    assert (before == after).mean() >= {"mlp": 0.985, "tree": 0.90}[kind]
