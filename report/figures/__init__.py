"""Figures of the report, by the name of their file."""

from collections.abc import Callable
from functools import partial

from matplotlib.figure import Figure

from evaluation.schema import KINDS
from report.figures import architecture, pictures, quality, robustness, serving, training
from report.figures.predicted_samples import predicted_samples
from report.pictures.alternative_texts import groups
from report.results import Results

type Draw = Callable[[], Figure]


def figures(results: Results) -> dict[str, Draw]:
    """Return the functions that draw the figures of these results."""
    evaluation = results.evaluation
    by_name: dict[str, Draw] = {"f1": partial(quality.f1, evaluation)}
    for kind in KINDS:
        by_name[f"roc-{kind}"] = partial(quality.roc, evaluation, kind)
        by_name[f"reliability-{kind}"] = partial(quality.reliability, evaluation, kind)
        by_name[f"out-of-distribution-{kind}"] = partial(robustness.out_of_distribution, evaluation, kind)
    by_name |= {
        f"robustness-{name}": partial(robustness.distortion, evaluation, name) for name in evaluation["robustness"]
    }
    if results.predictions:
        by_name["predicted-samples"] = partial(predicted_samples, evaluation, results.predictions)
    if evaluation["handwriting"]:
        by_name["handwriting"] = partial(robustness.handwriting, evaluation)
    if evaluation["training"]:
        by_name["training-loss"] = partial(training.loss, evaluation)
        by_name["training-accuracy"] = partial(training.accuracy, evaluation)
    if any("learning_rate" in history for history in evaluation["training"].values()):
        by_name["training-rate"] = partial(training.learning_rate, evaluation)
    by_name |= {"classes": partial(training.classes, evaluation), "samples": partial(training.samples, evaluation)}
    by_name["corruptions"] = partial(pictures.corruptions, evaluation)
    by_name["corruption-samples"] = partial(pictures.corruption_samples, evaluation)
    by_name |= {name: partial(pictures.kinds, evaluation, kinds) for name, kinds in groups(evaluation).items()}
    if likeness := evaluation.get("digit_likeness"):
        by_name["digit-likeness"] = partial(pictures.digit_likeness, likeness)
    by_name["architecture"] = architecture.architecture
    return by_name | (serving.figures(results.benchmark) if results.benchmark else {})
