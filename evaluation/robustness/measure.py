"""Accuracy of every model on distorted and on corrupted test images."""

import base64
import io
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digits.errors import NothingDrawn
from digits.preprocess import normalize
from evaluation.onnx_model import OnnxModel
from evaluation.robustness.corruptions import CORRUPTIONS, corrupt
from evaluation.robustness.distortions import DISTORTIONS
from evaluation.schema import Corruptions, Robustness
from training.dataset import Images, Split

CORRUPTED = 1_000  # test images of each corruption
EXAMPLE = 1  # test image that the report shows, a two
STEPS = len(DISTORTIONS) + len(CORRUPTIONS)

type OnStep = Callable[[str], None]


def measure_distortions(models: Sequence[OnnxModel], test: Split, on_step: OnStep) -> dict[str, Robustness]:
    """Measure on all test images, at every strength."""
    measured: dict[str, Robustness] = {}
    for name, distortion in DISTORTIONS.items():
        on_step(f"robustness: {distortion.title.lower()}")
        accuracy: dict[str, list[float]] = {model.name: [] for model in models}
        for strength in distortion.strengths:
            distorted = distortion.apply(test.images, strength)
            for model in models:
                accuracy[model.name].append(model.accuracy(distorted, test.labels))
        measured[name] = {
            "title": distortion.title,
            "unit": distortion.unit,
            "strengths": list(distortion.strengths),
            "accuracy": accuracy,
        }
    return measured


def measure_corruptions(models: Sequence[OnnxModel], test: Split, on_step: OnStep) -> Corruptions:
    """Measure on the first test images, preprocessed as in the API. A refused image counts as misclassified."""
    first = test.first(CORRUPTED)
    accuracy: dict[str, dict[str, float]] = {}
    samples: dict[str, str] = {}
    for name in CORRUPTIONS:
        on_step(f"corruption: {name.replace('_', ' ')}")
        corrupted = corrupt(name, first.images)
        samples[name] = png(corrupted[EXAMPLE])
        inputs, labels = preprocessed(corrupted, first.labels)
        share = len(labels) / len(first)
        accuracy[name] = {model.name: share * model.accuracy(inputs, labels) for model in models}
    mean = {model.name: float(np.mean([row[model.name] for row in accuracy.values()])) for model in models}
    return {"images": len(first), "accuracy": accuracy, "mean": mean, "samples": samples}


def preprocessed(images: Images, labels: NDArray[np.int64]) -> tuple[Images, NDArray[np.int64]]:
    """Normalize images (n, 28, 28), each as a picture. Returns those in which a digit is found, with their labels."""
    normalized = list(_normalized(images, labels))
    return np.stack([image for image, _ in normalized]), np.array([label for _, label in normalized])


def png(image: Images) -> str:
    """Encode an image (28, 28) uint8 as PNG, base64."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def _normalized(images: Images, labels: NDArray[np.int64]) -> Iterator[tuple[Images, int]]:
    for image, label in zip(images, labels.tolist(), strict=True):
        try:
            yield normalize(Image.fromarray(image)), label
        except NothingDrawn:
            continue
