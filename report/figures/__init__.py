"""Figures of the report, by the name of their file."""

from collections.abc import Callable
from functools import partial

from matplotlib.figure import Figure

from evaluation.schema import KINDS
from report.figures import quality, robustness, serving, training
from report.results import Results

type Draw = Callable[[], Figure]


def figures(results: Results) -> dict[str, Draw]:
    """Return the functions that draw the figures of these results."""
    evaluation = results.evaluation
    found: dict[str, Draw] = {"f1": partial(quality.f1, evaluation)}
    for kind in KINDS:
        found[f"roc-{kind}"] = partial(quality.roc, evaluation, kind)
        found[f"reliability-{kind}"] = partial(quality.reliability, evaluation, kind)
        found[f"out-of-distribution-{kind}"] = partial(robustness.out_of_distribution, evaluation, kind)
    found |= {
        f"robustness-{name}": partial(robustness.distortion, evaluation, name) for name in evaluation["robustness"]
    }
    if evaluation["handwriting"]:
        found["handwriting"] = partial(robustness.handwriting, evaluation)
    if evaluation["training"]:
        found["training-loss"] = partial(training.loss, evaluation)
        found["training-accuracy"] = partial(training.accuracy, evaluation)
    if any("learning_rate" in history for history in evaluation["training"].values()):
        found["training-rate"] = partial(training.learning_rate, evaluation)
    found |= {"classes": partial(training.classes, evaluation), "samples": partial(training.samples, evaluation)}
    return found | (serving.figures(results.benchmark) if results.benchmark else {})
