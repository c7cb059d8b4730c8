"""The evaluation comes in; the report's figures go out, each drawn for a light and for a dark page."""

import base64
import io
from collections.abc import Callable
from functools import partial
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray
from PIL import Image

from report.plotting import Theme, figure
from report.serving import figures as serving_figures
from training.dataset import CLASSES

MARKERS = {"mlp": "o", "tree": "s"}  # beside the colours, for eyes that do not tell them apart
OTHERS: tuple[Any, ...] = (":", (0, (4, 1.5)), (0, (6, 1, 1, 1)))  # lines of the recipes that are not served
KIND_NAMES = {"mlp": "network", "tree": "tree"}
STRANGERS = {"digits": "-", "printed digits": (0, (6, 1.5)), "letters": (0, (3, 1.5)), "scribbles": "-.", "noise": ":"}
WHOLE_PERCENT = PercentFormatter(1, 0)

type Evaluation = dict[str, Any]
type Draw = Callable[[Evaluation, Theme], Figure]


def figures(evaluation: Evaluation) -> dict[str, Draw]:
    """What can be drawn of this evaluation, by the name of the file."""
    found: dict[str, Draw] = {}
    for kind in evaluation["models"]:
        found[f"roc-{kind}"] = partial(roc, kind)
        found[f"reliability-{kind}"] = partial(reliability, kind)
        found[f"strangers-{kind}"] = partial(strangers, kind)
    found |= {"f1": f1, "classes": classes, "samples": samples}
    found |= {f"robustness-{name}": partial(robustness, name) for name in evaluation["robustness"]}
    if evaluation["training"]:
        found |= {"training-loss": partial(training, "loss"), "training-accuracy": partial(training, "accuracy")}
    if any("learning_rate" in history for history in evaluation["training"].values()):
        found["training-rate"] = rate
    if evaluation["drawn"]:
        found["drawn"] = drawn
    if "benchmark" in evaluation:
        found |= serving_figures.figures(evaluation["benchmark"])
    return found


def f1(evaluation: Evaluation, theme: Theme) -> Figure:
    """F1 of each class: the gap between the two models."""
    drawn = figure(300)
    axes = drawn.subplots()
    scores = {kind: m["metrics"]["classes"]["f1"] for kind, m in evaluation["models"].items()}
    axes.vlines(range(CLASSES), scores["tree"], scores["mlp"], theme.line, linewidth=4)
    for kind, values in scores.items():
        title = evaluation["models"][kind]["title"]
        axes.plot(values, MARKERS[kind], color=theme.tone(kind), markersize=8, label=title)
    axes.set(title="F1 of each digit", xticks=range(CLASSES))
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_formatter(WHOLE_PERCENT)
    return _with_legend(drawn)


def roc(kind: str, evaluation: Evaluation, theme: Theme) -> Figure:
    """One-vs-rest curves, false alarms on a logarithmic axis: on a linear one all would lie in the corner."""
    model = evaluation["models"][kind]
    curves = model["roc"]["curves"]
    drawn = figure(300)
    axes = drawn.subplots()
    digits = {name: curve for name, curve in curves.items() if name != "micro"}
    worst = min(digits, key=lambda name: digits[name]["auc"])
    for name, curve in digits.items():
        axes.plot(_above_zero(curve["false"]), curve["true"], color=theme.tone(kind), alpha=0.35, linewidth=1)
        if name == worst:
            label = f"worst: {name}, AUC {curve['auc']:.4f}"
            line = OTHERS[1]
            axes.plot(_above_zero(curve["false"]), curve["true"], color=theme.ink, linestyle=line, label=label)
    pooled = curves["micro"]
    label = f"all pooled, AUC {pooled['auc']:.4f}"
    axes.plot(_above_zero(pooled["false"]), pooled["true"], color=theme.tone(kind), linewidth=2.5, label=label)
    axes.set(title=model["title"], xscale="log", xlim=(1e-4, 1), xlabel="false alarms", ylabel="found")
    axes.set_xticks([1e-4, 1e-3, 1e-2, 0.1, 1], ["0.01%", "0.1%", "1%", "10%", "100%"])
    lowest = min(float(np.interp(1e-4, curve["false"], curve["true"])) for curve in curves.values())
    axes.set_ylim(min(0.9, np.floor(lowest * 10) / 10), 1.005)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(WHOLE_PERCENT)
    return _with_legend(drawn, columns=1)


def _above_zero(shares: list[float]) -> NDArray[np.float64]:
    return np.maximum(np.array(shares, dtype=np.float64), 1e-5)


def reliability(kind: str, evaluation: Evaluation, theme: Theme) -> Figure:
    """How often answers of a probability are right; below, how many answers there are of each."""
    model = evaluation["models"][kind]
    bins = model["reliability"]
    confidence, accuracy, images = (
        np.array([one[name] for one in bins]) for name in ("confidence", "accuracy", "images")
    )
    drawn = figure(350)
    upper, lower = drawn.subplots(2, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 1], [0, 1], color=theme.quiet, linestyle=":", linewidth=1.5, label="perfectly honest")
    trusted = images >= 10  # fewer tell nothing
    upper.vlines(confidence[trusted], confidence[trusted], accuracy[trusted], theme.problem, linewidth=2)
    tone = theme.tone(kind)
    upper.plot(confidence[trusted], accuracy[trusted], f"-{MARKERS[kind]}", color=tone, label="answers")
    upper.set(
        title=f"{model['title']}: ECE {model['metrics']['ece']:.4f}", ylabel="right", xlim=(0, 1.02), ylim=(0, 1.02)
    )
    upper.yaxis.set_major_formatter(WHOLE_PERCENT)
    upper.legend(loc="upper left")
    lower.bar(confidence, images, width=0.04, color=tone)
    lower.set(yscale="log", xlabel="probability of the answer", ylabel="answers")
    lower.xaxis.set_major_formatter(WHOLE_PERCENT)
    lower.minorticks_off()
    return drawn


def training(measure: str, evaluation: Evaluation, theme: Theme) -> Figure:
    """Loss or accuracy from epoch to epoch, in training and in validation."""
    drawn = figure(300)
    axes = drawn.subplots()
    series = {"train": (measure, theme.quiet), "validation": (f"val_{measure}", theme.mlp)}
    for title, (name, colour) in series.items():
        for recipe, line, width in _styles(evaluation, "mlp"):
            if history := evaluation["training"].get(recipe):
                style = {"color": colour, "linestyle": line, "linewidth": width}
                axes.plot(range(1, len(history[name]) + 1), history[name], label=f"{recipe}, {title}", **style)
    axes.set(title="Loss" if measure == "loss" else "Accuracy", xlabel="epoch")
    if measure == "loss":
        axes.set_yscale("log")
        axes.minorticks_off()
        axes.set_yticks([t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1) if _within(axes, t)])
        axes.yaxis.set_major_formatter("{x:g}")
    else:
        histories = evaluation["training"].values()
        axes.set_ylim(max(0.0, min(min(h["val_accuracy"]) for h in histories) - 0.01), 1.001)
        axes.yaxis.set_major_formatter(WHOLE_PERCENT)
    return _with_legend(drawn)


def _within(axes: Axes, value: float) -> bool:
    low, high = axes.get_ylim()
    return low <= value <= high


def rate(evaluation: Evaluation, theme: Theme) -> Figure:
    """The learning rate from epoch to epoch."""
    drawn = figure(300)
    axes = drawn.subplots()
    for recipe, line, width in _styles(evaluation, "mlp"):
        rates = evaluation["training"].get(recipe, {}).get("learning_rate")
        if rates:
            axes.plot(range(1, len(rates) + 1), rates, color=theme.mlp, linestyle=line, linewidth=width, label=recipe)
    axes.set(title="Learning rate", xlabel="epoch")
    axes.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
    return _with_legend(drawn)


def classes(evaluation: Evaluation, theme: Theme) -> Figure:
    """The share of each digit in the three sets."""
    drawn = figure(300)
    axes = drawn.subplots()
    colours = {"train": theme.ink, "validation": theme.quiet, "test": theme.mlp}
    for offset, (name, counts) in enumerate(evaluation["classes"].items()):
        shares = np.array(counts) / sum(counts)
        axes.bar(np.arange(CLASSES) + (offset - 1) * 0.27, shares, 0.25, color=colours[name], label=name)
    axes.set(title="Share of each digit", xticks=range(CLASSES))
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_formatter(WHOLE_PERCENT)
    return _with_legend(drawn, columns=3)


def samples(evaluation: Evaluation, theme: Theme) -> Figure:
    """Test images as they come, a row of each digit."""
    rows = [[_pixels(image) for image in row] for row in evaluation["samples"]]
    mosaic = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    drawn = figure(400)
    axes = drawn.subplots()
    axes.imshow(mosaic, cmap="gray", interpolation="none")
    axes.set(title="Test images", xticks=[], yticks=np.arange(CLASSES) * 28 + 13.5, yticklabels=range(CLASSES))
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return drawn


def robustness(name: str, evaluation: Evaluation, theme: Theme) -> Figure:
    """Accuracy of every recipe as one change to the images grows."""
    change = evaluation["robustness"][name]
    drawn = figure(300)
    axes = drawn.subplots()
    for kind in KIND_NAMES:
        for recipe, line, width in _styles(evaluation, kind):
            values = change["accuracy"][f"{kind}-{recipe}"]
            style = {"color": theme.tone(kind), "linestyle": line, "linewidth": width}
            label = f"{KIND_NAMES[kind]} {recipe}"
            axes.plot(change["strengths"], values, marker=MARKERS[kind], markersize=4, label=label, **style)
    axes.set(title=change["title"], xlabel=change["unit"], ylim=(0, 1.02))
    axes.set_xticks(change["strengths"][::2], [f"{strength:g}" for strength in change["strengths"][::2]])
    axes.yaxis.set_major_formatter(WHOLE_PERCENT)
    return _with_legend(drawn)


def strangers(kind: str, evaluation: Evaluation, theme: Theme) -> Figure:
    """The share of pictures that are given at least a probability: digits, and what is none."""
    found = evaluation["strangers"]
    drawn = figure(300)
    axes = drawn.subplots()
    for name, line in STRANGERS.items():
        real = name in ("digits", "printed digits")
        values = found["confidence"][name][kind]["at_least"]
        colour = theme.tone(kind) if real else theme.ink
        axes.plot(found["thresholds"], values, color=colour, linestyle=line, label=name)
    title = evaluation["models"][kind]["title"]
    axes.set(title=title, xlabel="highest probability at least", ylabel="of the pictures", ylim=(0, 1.02))
    axes.xaxis.set_major_formatter(WHOLE_PERCENT)
    axes.yaxis.set_major_formatter(WHOLE_PERCENT)
    return _with_legend(drawn)


def drawn(evaluation: Evaluation, theme: Theme) -> Figure:
    """How often each model reads what people drew, placed well and carelessly."""
    results = evaluation["drawn"]
    drawn = figure(110 + 44 * len(results))
    axes = drawn.subplots()
    places = np.arange(len(results))[::-1]
    scores = {kind: [result["accuracy"][kind] for result in results] for kind in KIND_NAMES}
    axes.hlines(places, scores["tree"], scores["mlp"], theme.line, linewidth=4)
    for kind, values in scores.items():
        tone, title = theme.tone(kind), evaluation["models"][kind]["title"]
        axes.plot(values, places, MARKERS[kind], color=tone, markersize=8, label=title)
        for place, value in zip(places, values, strict=True):
            axes.text(value, place + 0.2, f"{value:.1%}", color=tone, size=10, ha="center", va="bottom")
    labels = [f"{result['file'].split('_')[0]}\n{result['placement']}" for result in results]
    axes.set(title="Digits that people drew", yticks=places, yticklabels=labels, ylim=(-0.5, len(results) - 0.3))
    axes.margins(x=0.12)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(WHOLE_PERCENT)
    return _with_legend(drawn)


def _styles(evaluation: Evaluation, kind: str) -> list[tuple[str, Any, float]]:
    """Recipe, line and width: the served one solid and bold."""
    others = cycle(OTHERS)
    recipes = [recipe for recipe in evaluation["recipes"] if recipe["kind"] == kind]
    return [(r["recipe"], "-", 2.2) if r["served"] else (r["recipe"], next(others), 1.4) for r in recipes]


def _pixels(image: str) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(image))))


def _with_legend(drawn: Figure, columns: int = 2) -> Figure:
    drawn.legend(loc="outside lower center", ncols=columns, handlelength=2.6)
    return drawn
