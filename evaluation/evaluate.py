"""Measurement of the exported models, by onnxruntime on the ONNX files themselves."""

import json
import math
import platform
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnxruntime

from digits.manifest import MANIFEST
from digits.registry import BUNDLE
from evaluation import onnx_model, predictions
from evaluation.api import open_client
from evaluation.earlier import combine
from evaluation.metrics import confidence_interval, mcnemar, roc
from evaluation.onnx_model import OnnxModel
from evaluation.out_of_distribution import digit_likeness, rejection_scores
from evaluation.pictures.kinds import KINDS, make
from evaluation.pictures.measure import COUNT, measure
from evaluation.predictions import Predictions
from evaluation.robustness.measure import STEPS, OnStep, measure_corruptions, measure_distortions, png
from evaluation.schema import (
    Evaluation,
    Handwriting,
    Metrics,
    MlpRecipe,
    OutOfDistribution,
    PictureKind,
    ReliabilityBin,
    ServedModel,
    TreeRecipe,
)
from evaluation.strokes import handwriting
from evaluation.strokes.files import Digit, default_digits
from training.dataset import CLASSES, Mnist, Split
from training.metrics import Probabilities, metrics, reliability
from training.strokes.canvas import PLACEMENTS

SIGNIFICANT_DIGITS = 5  # of the numbers in the JSON, as in the manifest
SAMPLES = 8  # images of each class


def evaluate(
    artifacts: Path,
    data: Mnist,
    handwriting_files: Sequence[Path] = (),
    on_step: OnStep = lambda _: None,
    bundle: Path = Path(BUNDLE),
    earlier: Evaluation | None = None,
    pictures: int = COUNT,
) -> tuple[Evaluation, Predictions]:
    """Measure the served MLP and tree, and every other exported recipe among the artifacts.

    Calls `on_step` with the name of each step, `step_count(handwriting_files)` times. Results that the artifacts lack
    are taken from an earlier evaluation. `pictures` is the number of pictures of each kind. Raises ModelFileError,
    ModelMismatchError, StrokesError.
    """
    on_step("test images")
    recorded = default_digits()
    pair = [_with_earlier_training(model, earlier) for model in onnx_model.served(bundle, artifacts)]
    models = [*pair, *onnx_model.others(artifacts, pair)]
    mlp, tree = pair
    test = data.test
    probabilities = {model.name: model.probabilities(test.images) for model in models}
    right = [probabilities[model.name].argmax(axis=1) == test.labels for model in pair]
    entries = json.loads((bundle / MANIFEST).read_text())["models"]
    evaluation: Evaluation = {
        "images": len(test),
        "machine": {"processor": _processor(), "onnxruntime": onnxruntime.__version__},
        "models": {
            model.kind: _served(model, entries[model.kind]["title"], probabilities[model.name], test) for model in pair
        },
        "mcnemar": mcnemar(*right),
        "recipes": [_recipe(model, probabilities[model.name], test, model in pair) for model in models],
        "training": {model.recipe: model.training["history"] for model in models if "history" in model.training},
        "classes": {
            "train": _class_counts(data.train),
            "validation": _class_counts(data.validation),
            "test": _class_counts(test),
        },
        "samples": [[png(image) for image in test.images[test.labels == k][:SAMPLES]] for k in range(CLASSES)],
        "robustness": measure_distortions(models, test, on_step),
        "corruptions": measure_corruptions(models, test, on_step),
        "out_of_distribution": _out_of_distribution(mlp, tree, test, on_step),
        "pictures": _pictures(recorded, pictures, bundle, on_step),
        "handwriting": _handwriting(models, handwriting_files, bundle, on_step),
    }
    if output := entries["mlp"].get("digit_likeness"):
        evaluation["digit_likeness"] = digit_likeness.measure(mlp, output, test.images, recorded, pictures)
    predicted: Predictions = {
        "columns": predictions.COLUMNS,
        "labels": predictions.text(test.labels),
        "models": {
            model.kind: predictions.record(model.sha256, test.labels, probabilities[model.name]) for model in pair
        },
    }
    return combine(cast(Evaluation, _rounded(evaluation)), earlier), predicted


def step_count(handwriting_files: Sequence[Path]) -> int:
    """Return how often `evaluate` calls `on_step`."""
    return 2 + STEPS + len(KINDS) + len(PLACEMENTS) * len(handwriting_files)


def _with_earlier_training(model: OnnxModel, earlier: Evaluation | None) -> OnnxModel:
    """Return a served model with the training record of an earlier evaluation, if it was of the same file."""
    if model.training or earlier is None or earlier["models"][model.kind]["sha256"] != model.sha256:
        return model
    record: onnx_model.TrainingRecord = {}
    if history := earlier["training"].get(model.recipe):
        record["history"] = history
    if calibration := earlier["models"][model.kind]["calibration"]:
        record["calibration"] = calibration
    if seconds := next((r["seconds"] for r in earlier["recipes"] if r["served"] and r["kind"] == model.kind), None):
        record["seconds"] = seconds
    return replace(model, training=record)


def _served(model: OnnxModel, title: str, probabilities: Probabilities, test: Split) -> ServedModel:
    return {
        "title": title,
        "recipe": model.recipe,
        "sha256": model.sha256,
        "metrics": cast(Metrics, metrics(test.labels, probabilities)),
        "roc": roc(test.labels, probabilities),
        "reliability": cast(list[ReliabilityBin], reliability(test.labels, probabilities)),
        "calibration": model.training.get("calibration"),
    }


def _recipe(model: OnnxModel, probabilities: Probabilities, test: Split, served: bool) -> MlpRecipe | TreeRecipe:
    measured = metrics(test.labels, probabilities)
    recipe = {
        "name": model.name,
        "kind": model.kind,
        "recipe": model.recipe,
        "served": served,
        "accuracy": measured["accuracy"],
        "confidence_interval": confidence_interval(measured["accuracy"], len(test)),
        "ece": measured["ece"],
        "bytes": len(model.content),
        **model.size(),
        "microseconds": model.microseconds(test.images[:1]),
        "seconds": model.training.get("seconds"),
    }
    return cast(MlpRecipe | TreeRecipe, recipe)


def _class_counts(split: Split) -> list[int]:
    counts: list[int] = np.bincount(split.labels, minlength=CLASSES).tolist()
    return counts


def _out_of_distribution(mlp: OnnxModel, tree: OnnxModel, test: Split, on_step: OnStep) -> OutOfDistribution:
    on_step("out-of-distribution images")
    return rejection_scores.measure(mlp, tree, test.images, len(test) // 5)


def _pictures(digits: Sequence[Digit], count: int, bundle: Path, on_step: OnStep) -> dict[str, PictureKind]:
    """Measure `count` pictures of each kind through the API."""
    client, measured = open_client(bundle), {}
    for name, kind in KINDS.items():
        on_step(f"pictures: {kind.title.lower()}")
        measured[name] = measure(name, make(name, digits, count), client)
    return measured


def _handwriting(
    models: Sequence[OnnxModel], files: Sequence[Path], bundle: Path, on_step: OnStep
) -> list[Handwriting]:
    """Measure the served models through the API, and every recipe on the same preprocessed pictures."""
    measured: list[Handwriting] = []
    for file in files:
        for placement in PLACEMENTS:
            on_step(f"{file.stem}, {placement}")
            result = handwriting.measure(file, placement, bundle)
            measured.append(
                {
                    "file": result.file,
                    "digits": result.digits,
                    "placement": result.placement,
                    "accuracy": result.accuracy,
                    "recipes": {model.name: model.accuracy(result.pictures, result.labels) for model in models},
                }
            )
    return measured


def _rounded(value: Any) -> Any:
    """Round the floats of nested lists and dictionaries; None in place of infinity and NaN, which JSON lacks."""
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if math.isfinite(value) else None
    return value


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    return name or platform.machine()
