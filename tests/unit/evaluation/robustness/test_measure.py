import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PIL import Image

from evaluation.robustness import measure
from evaluation.robustness.corruptions import CORRUPTIONS
from training.dataset import Images, Labels, Split


@dataclass(frozen=True)
class FakeModel:
    """Predicts one digit for every image."""

    name: str
    digit: int

    def accuracy(self, images: Images, labels: Labels) -> float:
        assert images.shape == (len(labels), 28, 28)
        return float((labels == self.digit).mean())


def split(labels: list[int]) -> Split:
    images = np.zeros((len(labels), 28, 28), np.uint8)
    images[:, 4:24, 12:16] = 255
    return Split(images, np.array(labels, np.int64))


def measured(test: Split, monkeypatch: pytest.MonkeyPatch, *names: str) -> Any:
    monkeypatch.setattr(measure, "CORRUPTIONS", {name: CORRUPTIONS[name] for name in names})
    models: Any = [FakeModel("mlp-one", 1), FakeModel("tree-two", 2)]
    return measure.measure_corruptions(models, test, lambda _: None)


def test_accuracy_of_each_recipe_and_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    result = measured(split([1, 1, 1, 2]), monkeypatch, "shear", "stripe")
    assert list(result["accuracy"]) == ["shear", "stripe"]
    assert result["accuracy"]["stripe"] == {"mlp-one": 0.75, "tree-two": 0.25}
    assert result["mean"] == {"mlp-one": 0.75, "tree-two": 0.25}
    assert result["images"] == 4


def test_refused_image_counts_as_misclassified(monkeypatch: pytest.MonkeyPatch) -> None:
    test = split([1, 1, 1, 1])
    test.images[2:] = 0  # no ink
    assert measured(test, monkeypatch, "shear")["accuracy"]["shear"]["mlp-one"] == 0.5


def test_sample_is_the_corrupted_image(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = measured(split([1, 2]), monkeypatch, "stripe")["samples"]["stripe"]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(sample))))
    assert pixels[0].tolist() == [255] * 7 + [0] * 14 + [255] * 7


def test_only_the_first_images_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "CORRUPTED", 2)
    assert measured(split([1, 1, 2, 2]), monkeypatch, "shear")["mean"]["mlp-one"] == 1
