"""Exported models and MNIST come in; everything that is known of their quality goes out, as files and the report.

`python -m training evaluate` measures the ONNX files themselves with onnxruntime, once. Figures, page and README are
made of what it writes alone: `evaluation.json`, `answers.json` and the pictures of the test set; the report's part on
serving is made of `benchmark.json`, if `make bench` wrote one.
"""

import argparse
import base64
import io
import json
import math
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from digits.manifest import MANIFEST
from digits.registry import BUNDLE
from evaluation import handwriting, onnx_model, predictions, rejection_scores, results, robustness, sprites
from evaluation.handwriting import DrawnError
from evaluation.metrics import interval, mcnemar, roc
from evaluation.onnx_model import Exported, ExportedError
from evaluation.results import EVALUATION, RecordError
from training import dataset
from training.dataset import CLASSES, DataError, Images, Mnist, Split
from training.metrics import Probabilities, metrics, reliability
from training.strokes.canvas import PLACEMENTS

FOLDER = Path("frontend") / "report"
DIGITS = 5  # significant, of each number in the JSON; the figures of the manifest have no more
QUICK = 2_000  # test images of a trial
SAMPLES = 8  # images of each class

type Evaluation = dict[str, Any]
type OnStep = Callable[[str], None]


def evaluate(
    artifacts: Path,
    data: Mnist,
    drawn_files: Sequence[Path] = (),
    on_step: OnStep = lambda _: None,
    bundle: Path = Path(BUNDLE),
) -> Evaluation:
    """Measure the served network and tree, and beside them every other exported recipe among the artifacts.

    `on_step` is told what comes next, `steps(drawn_files)` times. Raises ExportedError, DrawnError.
    """
    on_step("the ten thousand test images")
    pair = onnx_model.served(bundle, artifacts)
    models = [*pair, *onnx_model.others(artifacts, pair)]
    test = data.test
    probabilities = {model.name: model.probabilities(test.images) for model in models}
    right = [probabilities[model.name].argmax(axis=1) == test.labels for model in pair]
    entries = json.loads((bundle / MANIFEST).read_text())["models"]
    evaluation: Evaluation = {
        "images": len(test),
        "machine": {"processor": _processor(), "onnxruntime": onnxruntime.__version__},
        "models": {
            model.kind: {"title": entries[model.kind]["title"], **_served(model, probabilities[model.name], test)}
            for model in pair
        },
        "mcnemar": asdict(mcnemar(*right)),
        "recipes": [_recipe(model, probabilities[model.name], test, model in pair) for model in models],
        "training": {model.recipe: model.report["history"] for model in models if model.report.get("history")},
        "classes": {
            name: np.bincount(split.labels, minlength=CLASSES).tolist()
            for name, split in (("train", data.train), ("validation", data.validation), ("test", test))
        },
        "samples": [[png(image) for image in test.images[test.labels == k][:SAMPLES]] for k in range(CLASSES)],
        "robustness": {},
    }
    for name, change in robustness.CHANGES.items():
        on_step(f"robustness: {change.title.lower()}")
        evaluation["robustness"][name] = _robustness(change, models, test)
    on_step("letters, scribbles and noise")
    network, tree = pair
    evaluation["strangers"] = rejection_scores.measure(network, tree, test.images)
    evaluation["drawn"] = []
    for file in drawn_files:
        for placement in PLACEMENTS:
            on_step(f"{file.stem}, {placement}")
            evaluation["drawn"].append(_drawn(handwriting.measure(file, placement), models))
    evaluation["answers"] = {
        "columns": sprites.COLUMNS,
        "labels": predictions.text(test.labels),
        "models": {
            model.kind: {"sha256": model.sha256, **predictions.record(test.labels, probabilities[model.name])}
            for model in pair
        },
    }
    rounded: Evaluation = _rounded(evaluation)
    return rounded


def steps(drawn_files: Sequence[Path]) -> int:
    """How often `evaluate` reports a step."""
    return 2 + len(robustness.CHANGES) + len(PLACEMENTS) * len(drawn_files)


def png(image: Images) -> str:
    """An image (28, 28) uint8 as a PNG in base64: a third of its pixels' size."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def _served(model: Exported, probabilities: Probabilities, test: Split) -> dict[str, Any]:
    return {
        "recipe": model.recipe,
        "sha256": model.sha256,
        "metrics": metrics(test.labels, probabilities),
        "roc": roc(test.labels, probabilities),
        "reliability": reliability(test.labels, probabilities),
        "calibration": model.report.get("calibration"),  # on validation images, as the training wrote it
    }


def _recipe(model: Exported, probabilities: Probabilities, test: Split, served: bool) -> dict[str, Any]:
    found = metrics(test.labels, probabilities)
    return {
        "name": model.name,
        "kind": model.kind,
        "recipe": model.recipe,
        "served": served,
        "accuracy": found["accuracy"],
        "interval": interval(found["accuracy"], len(test)),
        "ece": found["ece"],
        "bytes": len(model.content),
        **model.size(),
        "microseconds": model.microseconds(test.images[:1]),
        "seconds": model.report.get("seconds"),
    }


def _robustness(change: robustness.Change, models: Sequence[Exported], test: Split) -> dict[str, Any]:
    accuracy: dict[str, list[float]] = {model.name: [] for model in models}
    for strength in change.strengths:
        changed = change.apply(test.images, strength)
        for model in models:
            right = model.probabilities(changed).argmax(axis=1) == test.labels
            accuracy[model.name].append(float(right.mean()))
    return {"title": change.title, "unit": change.unit, "strengths": list(change.strengths), "accuracy": accuracy}


def _drawn(result: handwriting.Result, models: Sequence[Exported]) -> dict[str, Any]:
    """The served pair as the API answered; every recipe on the pictures that the API made of the drawings."""
    return {
        "file": result.file,
        "digits": result.digits,
        "placement": result.placement,
        "accuracy": result.accuracy,
        "recipes": {
            model.name: float((model.probabilities(result.pictures).argmax(axis=1) == result.labels).mean())
            for model in models
        },
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    return name or platform.machine()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"), help="exported recipes (%(default)s)")
    parser.add_argument("--data", type=Path, default=dataset.DATA, help="folder of the MNIST files (%(default)s)")
    parser.add_argument("--bundle", type=Path, default=Path(BUNDLE), help="the served pair (functions/digits/models)")
    parser.add_argument("--drawn", type=Path, nargs="+", default=[], metavar="FILE", help="strokes that people drew")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write (%(default)s)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} test images: to try the line")
    parser.add_argument("--from-json", action="store_true", help="measure nothing: draw the report anew")


def command(arguments: argparse.Namespace) -> None:
    """Measure, write what was found, draw the figures and make the page."""
    from report import build  # matplotlib: who only imports `evaluate` needs none of it

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    path = arguments.out / EVALUATION
    try:
        with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
            if not arguments.from_json:
                _measure(arguments, path, progress)
            evaluation = results.read(arguments.out)
            task = progress.add_task("figures", total=build.figure_count(evaluation))
            page = build.write_report(evaluation, arguments.out, lambda: progress.advance(task))
    except (ExportedError, DrawnError, DataError, RecordError, FileNotFoundError) as error:
        sys.exit(str(error))
    console.print(f"Wrote {path} ({path.stat().st_size:,} bytes) and {page}")


def _measure(arguments: argparse.Namespace, path: Path, progress: Progress) -> None:
    task = progress.add_task("", total=steps(arguments.drawn))
    started = False

    def on_step(name: str) -> None:
        nonlocal started
        progress.update(task, advance=int(started), description=name)
        started = True

    before = None if arguments.drawn or not path.is_file() else _earlier(path, progress.console)
    data = dataset.load(arguments.data)
    if arguments.quick:
        data = replace(data, test=data.test.first(QUICK))
    evaluation = evaluate(arguments.artifacts, data, arguments.drawn, on_step, arguments.bundle)
    progress.update(task, advance=1, description="measured")
    if before is not None:
        evaluation["drawn"] = kept(before, evaluation)
        if evaluation["drawn"]:
            progress.console.print("No --drawn: kept the results of an earlier run with these very models.")
    results.save(evaluation, data.test, arguments.out)


def _earlier(path: Path, console: Console) -> Evaluation | None:
    try:
        return results.read_one(path)
    except RecordError as error:
        console.print(f"{error}\nThat is done now, and nothing of it is kept.", markup=False, soft_wrap=True)
        return None


def kept(before: Evaluation, now: Evaluation) -> list[dict[str, Any]]:
    """What was measured on drawn strokes before, if it was with the models that are measured now; else nothing."""
    same = all(before["models"][kind]["sha256"] == model["sha256"] for kind, model in now["models"].items())
    return list(before.get("drawn", [])) if same else []
