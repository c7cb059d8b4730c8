"""Detector of pictures that are not one digit: a small network on the deskewed pixels, and its file.

It shares only the input transform with the classifier, so either can be trained again without the other.
"""

import json
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.dataset import Images
from training.deskew import transform_images
from training.files import write_atomically
from training.recipes import InputTransform

type Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Settings:
    """Hyper-parameters of the detector."""

    units: int = 112  # of the hidden layer, ReLU: 0.35 MB
    digits: int = 60_000  # pictures, made once and distorted anew in each epoch
    non_digits: int = 48_000
    epochs: int = 20
    batch: int = 256  # images
    learning_rate: float = 2e-3
    flagged_digits: float = 0.0035  # fraction of the calibration digits below the threshold
    seed: int = 42


QUICK = Settings(digits=4_000, non_digits=3_000, epochs=3)


@dataclass(frozen=True)
class Detector:
    """Weights of the detector, with Platt's calibration folded in.

    hidden (rows * columns, units), hidden_bias (units,), output (units, 1), output_bias (1,), all float32.
    """

    hidden: Floats
    hidden_bias: Floats
    output: Floats
    output_bias: Floats
    transform: InputTransform
    threshold: float  # of the likeness; a picture below it is flagged
    settings: Settings
    metrics: dict[str, Any]  # on pictures that neither the weights nor the calibration were fitted to

    def likeness(self, images: Images) -> Floats:
        """Score images (n, 28, 28) uint8, 0 paper .. 255 ink. Returns (n,), 0..1."""
        return sigmoid(self.logits(images))

    def logits(self, images: Images) -> Floats:
        """Return the scores before the sigmoid, (n,)."""
        hidden = transform_images(images, self.transform) @ self.hidden + self.hidden_bias
        logits: Floats = (np.maximum(hidden, 0) @ self.output + self.output_bias)[:, 0]
        return logits


def sigmoid(logits: Floats) -> Floats:
    likeness: Floats = (1 / (1 + np.exp(-logits))).astype(np.float32)
    return likeness


def save(detector: Detector, file: Path) -> None:
    """Write the weights, and the rest as JSON, atomically."""
    fields = asdict(detector)
    arrays = {name: fields.pop(name) for name in ("hidden", "hidden_bias", "output", "output_bias")}
    write_atomically(file, lambda temporary: np.savez(temporary, record=np.array(json.dumps(fields)), **arrays))


def load(file: Path) -> Detector:
    """Read a detector. Raises OSError, ValueError, KeyError or TypeError if the file is damaged."""
    # From bytes: numpy leaves a damaged file open.
    with np.load(BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
        fields = json.loads(str(arrays["record"])) | {name: arrays[name] for name in arrays.files if name != "record"}
    transform, settings = InputTransform(**fields.pop("transform")), Settings(**fields.pop("settings"))
    return Detector(transform=transform, settings=settings, **fields)
