"""The evaluation comes in; sentences that say what it found go out: the report's words, and its pictures' in words."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from evaluation.schema import BASELINE, UNCHANGED
from report.confusion_matrices import matrix, wrong
from report.formatting import percent, probability
from report.serving import captions
from training.dataset import CLASSES

NETWORK, TREE = "neural network", "decision tree"
NAMES = {"mlp": NETWORK, "tree": TREE}
LIKENESS = "digit_likeness"

type Evaluation = dict[str, Any]


def lead(evaluation: Evaluation) -> str:
    """Which model is better, by how much, and whether that may be chance."""
    network, tree = (evaluation["models"][kind]["metrics"] for kind in NAMES)
    better, worse = sorted((network, tree), key=lambda m: -float(m["accuracy"]))
    names = (NETWORK, TREE) if better is network else (TREE, NETWORK)
    split = evaluation["mcnemar"]
    return (
        f"The {names[0]} reads {percent(better['accuracy'])} of {evaluation['images']:,} test images right, the "
        f"{names[1]} {percent(worse['accuracy'])}: {_mistakes(better)} mistakes against {_mistakes(worse)}. Where "
        f"exactly one of the two is right, it is {split['first']:,} times the network and {split['second']:,} times "
        f"the tree. {chance(split['p'])}"
    )


def chance(p: float) -> str:
    """What the p of McNemar's exact test means."""
    test = f"McNemar's exact test, {probability(p)}"
    if p >= 0.05:
        return f"Two equally good models would often differ as much ({test}): neither is shown to be better."
    come_up = "all but never come up" if p < 0.001 else f"come up once in {1 / p:.0f} times"
    return f"Were the two equally good, so uneven a split would {come_up} ({test})."


def alternatives(evaluation: Evaluation) -> dict[str, str]:
    """The finding of each figure, by the figure's name: its alternative text."""
    found: dict[str, Callable[[Evaluation], str]] = {}
    for kind in NAMES:
        found[f"roc-{kind}"] = partial(_roc, kind)
        found[f"reliability-{kind}"] = partial(_reliability, kind)
        found[f"strangers-{kind}"] = partial(_strangers, kind)
    found |= {"f1": _f1, "classes": _classes, "samples": _samples}
    found |= {f"robustness-{name}": partial(_robustness, name) for name in evaluation["robustness"]}
    found |= {f"training-{name}": partial(_training, name) for name in ("loss", "accuracy")}
    found |= {"training-rate": _rate, "drawn": _drawn}
    said = {name: say(evaluation) for name, say in found.items() if evaluation[_source(name)]}
    return said | (captions.alternatives(evaluation["benchmark"]) if "benchmark" in evaluation else {})


def _source(figure: str) -> str:
    """The part of the evaluation that a figure may lack."""
    part = figure.split("-")[0]
    return part if part in ("training", "drawn") else "models"


def _mistakes(metrics: dict[str, Any]) -> str:
    matrix = np.array(metrics["confusion_matrix"])
    return f"{matrix.sum() - np.trace(matrix):,}"


def confusion(evaluation: Evaluation, kind: str) -> str:
    """How many answers of a model are wrong, and which is the most frequent mistake."""
    counts = matrix(evaluation, kind)
    mistakes = wrong(counts)
    label, answer = divmod(int(mistakes.argmax()), CLASSES)
    return (
        f"Of {counts.sum():,} answers of the {NAMES[kind]} {mistakes.sum():,} are wrong, most often {answer} for "
        f"{label} ({mistakes.max()} times)."
    )


def difference(evaluation: Evaluation) -> str:
    """On which digit the network gains most."""
    gains = np.diag(matrix(evaluation, "mlp") - matrix(evaluation, "tree"))
    most = int(gains.argmax())
    return f"Network minus tree: {int(gains.sum()):+,} right answers, the most on {most} ({gains[most]:+})."


def _f1(evaluation: Evaluation) -> str:
    words = []
    for kind, name in NAMES.items():
        scores = evaluation["models"][kind]["metrics"]["classes"]["f1"]
        low, high = int(np.argmin(scores)), int(np.argmax(scores))
        words.append(f"the {name} from {percent(scores[low], 1)} ({low}) to {percent(scores[high], 1)} ({high})")
    return f"F1 of each digit: {'; '.join(words)}."


def _roc(kind: str, evaluation: Evaluation) -> str:
    curves = evaluation["models"][kind]["roc"]["curves"]
    areas = [curves[str(digit)]["auc"] for digit in range(CLASSES)]
    low, high = int(np.argmin(areas)), int(np.argmax(areas))
    return (
        f"ROC curves of the {NAMES[kind]}, each digit against the rest: the area is from {areas[low]:.4f} ({low}) to "
        f"{areas[high]:.4f} ({high}), {curves['micro']['auc']:.4f} for all pooled."
    )


def _reliability(kind: str, evaluation: Evaluation) -> str:
    model = evaluation["models"][kind]
    bins = model["reliability"]
    said = sum(one["images"] * one["confidence"] for one in bins) / evaluation["images"]
    true = model["metrics"]["accuracy"]
    side = "more" if said > true else "less"
    return (
        f"Reliability of the {NAMES[kind]}: on average it says {percent(said, 1)} and is right in {percent(true, 1)}, "
        f"{side} sure than right; the expected calibration error is {model['metrics']['ece']:.4f}."
    )


def _robustness(name: str, evaluation: Evaluation) -> str:
    change = evaluation["robustness"][name]
    strengths = change["strengths"]
    unchanged = UNCHANGED.get(name, 0.0)
    far = max(range(len(strengths)), key=lambda i: abs(strengths[i] - unchanged))
    still = strengths.index(unchanged)
    served = [r for r in evaluation["recipes"] if r["served"]]
    words = [
        f"the {NAMES[r['kind']]} from {percent(change['accuracy'][r['name']][still], 1)} to "
        f"{percent(change['accuracy'][r['name']][far], 1)}"
        for r in served
    ]
    return f"{change['title']}: from {unchanged:g} to {strengths[far]:g} {change['unit']}, {' and '.join(words)}."


def _strangers(kind: str, evaluation: Evaluation) -> str:
    confidence = evaluation["strangers"]["confidence"]
    words = [f"{percent(answers[kind]['sure'], 0)} of the {name}" for name, answers in confidence.items()]
    return f"The {NAMES[kind]} is at least 90% sure of {', '.join(words)}."


def rejection(evaluation: Evaluation) -> str:
    """Whether a score tells digits from the rest better than the network's highest probability, and what is served."""
    auroc = evaluation["strangers"]["auroc"]
    before = auroc[BASELINE]
    served = next((score for score in auroc if score.endswith(LIKENESS)), None)
    best = served or max(auroc, key=lambda score: float(auroc[score]["letters"] + auroc[score]["scribbles"]))
    if best == BASELINE:
        return "No score tells digits from the rest better than the network's highest probability: none is served."
    kinds = ("letters", "scribbles", "noise", "letters from printed digits")
    figures = ", ".join(f"{kind} {auroc[best][kind]:.3f} ({before[kind]:.3f})" for kind in kinds)
    what = (
        "The network also answers with a digit_likeness"
        if served
        else f"The best score, not served, is the {score(best)}"
    )
    return f"{what}; in brackets what the network's highest probability has: {figures}."


def score(name: str) -> str:
    """The name of a score in words."""
    kind, what = name.split(": ")
    owner = {"mlp": "network's", "tree": "tree's", "both": "models'"}[kind]
    return f"{owner} {what.replace('_', ' ')}"


def _training(measure: str, evaluation: Evaluation) -> str:
    words = []
    for recipe, history in evaluation["training"].items():
        values = history[f"val_{measure}"]
        last = percent(values[-1]) if measure == "accuracy" else f"{values[-1]:.4f}"
        words.append(f"{recipe} ends at {last} after {len(values)} epochs")
    return f"Validation {measure} in training: {'; '.join(words)}."


def _rate(evaluation: Evaluation) -> str:
    rates = {recipe: history.get("learning_rate") for recipe, history in evaluation["training"].items()}
    words = [
        f"{recipe} at most {max(values):.2g}, at last {values[-1]:.2g}" for recipe, values in rates.items() if values
    ]
    return f"Learning rate: {'; '.join(words)}."


def _classes(evaluation: Evaluation) -> str:
    shares = np.array(evaluation["classes"]["train"]) / sum(evaluation["classes"]["train"])
    low, high = int(shares.argmin()), int(shares.argmax())
    return (
        f"Share of each digit in training, validation and test images: from {percent(shares[low], 1)} ({low}) "
        f"to {percent(shares[high], 1)} ({high}) in training."
    )


def _samples(evaluation: Evaluation) -> str:
    return f"The first {len(evaluation['samples'][0])} test images of each digit, white on black, 28 by 28 pixels."


def _drawn(evaluation: Evaluation) -> str:
    words = []
    for kind, name in NAMES.items():
        shares = [result["accuracy"][kind] for result in evaluation["drawn"]]
        words.append(f"the {name} {percent(min(shares), 1)} to {percent(max(shares), 1)}")
    return f"Of the digits that people drew, read right through the API: {', '.join(words)}."
