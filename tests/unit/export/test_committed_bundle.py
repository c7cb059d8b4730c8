"""The committed bundle: what its manifest says of it, and how it behaves."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from digits.preprocess import normalize
from digits.registry import Bundle
from training.dataset import load_test
from training.metrics import metrics

BUNDLE = Bundle()
TEST = load_test()
LEAST = {"mlp": 0.994, "tree": 0.95}
LARGEST = {"mlp": 6_000_000, "tree": 2_000_000}  # bytes
SAMPLE = 300  # images for what has to go through normalize


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_the_manifest_tells_the_truth(kind: str) -> None:
    classifier = BUNDLE[kind]
    found = metrics(TEST.labels, classifier.probabilities(TEST.images))
    assert found.pop("ece") == pytest.approx(classifier.entry["metrics"]["ece"], abs=1e-4)  # of float32 probabilities
    assert found == {name: classifier.entry["metrics"][name] for name in found}
    assert found["accuracy"] >= LEAST[kind]
    assert classifier.entry["bytes"] <= LARGEST[kind]


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_the_manifest_holds_the_proof_of_parity(kind: str) -> None:
    parity = BUNDLE[kind].entry["parity"]
    assert (parity["images"], parity["different_answers"]) == (10_000, 0)
    assert parity["max_difference"] <= 1e-5


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_one_at_a_time_or_many_at_once_is_the_same(kind: str) -> None:
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
    "drawn small in a corner": in_a_corner,
    "slanted": slanted,
    "dark on light": lambda image: ImageOps.invert(enlarged(image)),
    "in blue on yellow": lambda image: ImageOps.colorize(enlarged(image), "yellow", "blue"),
    "a little thicker": lambda image: enlarged(image).filter(ImageFilter.MaxFilter(5)),
    "a little thinner": lambda image: enlarged(image).filter(ImageFilter.MinFilter(5)),
}


@pytest.mark.parametrize("kind", ["mlp", "tree"])
@pytest.mark.parametrize("change", CHANGES)
def test_what_a_person_would_not_notice_does_not_change_the_digit(kind: str, change: str) -> None:
    images = TEST.images[:SAMPLE]
    changed = np.stack([normalize(CHANGES[change](Image.fromarray(image))) for image in images])
    before, after = (BUNDLE[kind].probabilities(stack).argmax(axis=1) for stack in (images, changed))
    assert (before == after).mean() >= {"mlp": 0.985, "tree": 0.90}[kind]
