"""Alternative texts of the figures: each states what the figure shows."""

import numpy as np

from evaluation.predictions import Predictions
from evaluation.schema import CLASSES, KINDS, UNCHANGED, Evaluation, Kind
from report import architecture
from report.formatting import MODEL_NAME, joined, percent
from report.pictures import alternative_texts as pictures
from report.predicted_samples import mistakes
from report.results import Results
from report.serving import captions as serving


def alternative_texts(results: Results) -> dict[str, str]:
    """Return the texts by the name of the figure."""
    evaluation = results.evaluation
    texts = {"f1": _f1(evaluation), "classes": _classes(evaluation), "samples": _samples(evaluation)}
    for kind in KINDS:
        texts[f"roc-{kind}"] = _roc(evaluation, kind)
        texts[f"reliability-{kind}"] = _reliability(evaluation, kind)
        texts[f"out-of-distribution-{kind}"] = _out_of_distribution(evaluation, kind)
    texts |= {f"robustness-{name}": _robustness(evaluation, name) for name in evaluation["robustness"]}
    if evaluation["training"]:
        texts |= {"training-loss": _loss(evaluation), "training-accuracy": _accuracy(evaluation)}
        texts["training-rate"] = _learning_rate(evaluation)
    if results.predictions:
        texts["predicted-samples"] = _predicted_samples(evaluation, results.predictions)
    if evaluation["handwriting"]:
        texts["handwriting"] = _handwriting(evaluation)
    texts |= pictures.alternative_texts(evaluation)
    texts["architecture"] = architecture.alternative_text()
    return texts | (serving.alternative_texts(results.benchmark) if results.benchmark else {})


def _f1(evaluation: Evaluation) -> str:
    words = []
    for kind, name in MODEL_NAME.items():
        scores = evaluation["models"][kind]["metrics"]["classes"]["f1"]
        low, high = int(np.argmin(scores)), int(np.argmax(scores))
        words.append(f"{name} from {percent(scores[low], 1)} ({low}) to {percent(scores[high], 1)} ({high})")
    return f"F1 per class: {'; '.join(words)}."


def _roc(evaluation: Evaluation, kind: Kind) -> str:
    curves = evaluation["models"][kind]["roc"]["curves"]
    areas = [curves[str(digit)]["auc"] for digit in range(CLASSES)]
    low, high = int(np.argmin(areas)), int(np.argmax(areas))
    return (
        f"ROC curves of the {MODEL_NAME[kind]}, each digit against the others: AUC from {areas[low]:.4f} ({low}) to "
        f"{areas[high]:.4f} ({high}), micro-average {curves['micro']['auc']:.4f}."
    )


def _reliability(evaluation: Evaluation, kind: Kind) -> str:
    model = evaluation["models"][kind]
    accuracy, ece = model["metrics"]["accuracy"], model["metrics"]["ece"]
    confidence = sum(one["images"] * one["confidence"] for one in model["reliability"]) / evaluation["images"]
    return (
        f"Reliability of the {MODEL_NAME[kind]}: mean confidence {percent(confidence, 1)}, accuracy "
        f"{percent(accuracy, 1)}: {'over' if confidence > accuracy else 'under'}confident; expected calibration error "
        f"{ece:.4f}."
    )


def _robustness(evaluation: Evaluation, name: str) -> str:
    distortion = evaluation["robustness"][name]
    strengths, unchanged = distortion["strengths"], UNCHANGED.get(name, 0.0)
    start = strengths.index(unchanged)
    end = max(range(len(strengths)), key=lambda index: abs(strengths[index] - unchanged))
    words = []
    for recipe in evaluation["recipes"]:
        if recipe["served"]:
            accuracy = distortion["accuracy"][recipe["name"]]
            words.append(f"{MODEL_NAME[recipe['kind']]} {percent(accuracy[start], 1)} to {percent(accuracy[end], 1)}")
    return (
        f"{distortion['title']}: accuracy from {unchanged:g} to {strengths[end]:g} {distortion['unit']}: "
        f"{joined(words)}."
    )


def _out_of_distribution(evaluation: Evaluation, kind: Kind) -> str:
    confidence = evaluation["out_of_distribution"]["confidence"]
    words = [f"{percent(models[kind]['confident'], 0)} of the {name}" for name, models in confidence.items()]
    return f"The {MODEL_NAME[kind]} has a confidence of at least 90% for {joined(words)}."


def _loss(evaluation: Evaluation) -> str:
    words = [
        f"{recipe} {h['val_loss'][-1]:.4f}, epoch {len(h['val_loss'])}" for recipe, h in evaluation["training"].items()
    ]
    return f"Training and validation loss by epoch; last validation loss: {'; '.join(words)}."


def _accuracy(evaluation: Evaluation) -> str:
    words = [f"{recipe} {percent(history['val_accuracy'][-1])}" for recipe, history in evaluation["training"].items()]
    return f"Training and validation accuracy by epoch; last validation accuracy: {'; '.join(words)}."


def _learning_rate(evaluation: Evaluation) -> str:
    words = []
    for recipe, history in evaluation["training"].items():
        if rates := history.get("learning_rate"):
            words.append(f"{recipe} at most {max(rates):.2g}, last {rates[-1]:.2g}")
    return f"Learning rate by epoch: {'; '.join(words)}."


def _classes(evaluation: Evaluation) -> str:
    shares = np.array(evaluation["classes"]["train"]) / sum(evaluation["classes"]["train"])
    low, high = int(shares.argmin()), int(shares.argmax())
    return (
        f"Share of each class in training, validation and test images: from {percent(shares[low], 1)} ({low}) "
        f"to {percent(shares[high], 1)} ({high}) in training."
    )


def _samples(evaluation: Evaluation) -> str:
    return f"The first {len(evaluation['samples'][0])} test images of each class, white on black, 28 by 28 pixels."


def _predicted_samples(evaluation: Evaluation, predictions: Predictions) -> str:
    missed = mistakes(evaluation, predictions)
    words = [f"the {name} misclassifies {missed[kind]}" for kind, name in MODEL_NAME.items()]
    return f"{2 * CLASSES} test images with the digit and confidence that both models predict: {joined(words)}."


def _handwriting(evaluation: Evaluation) -> str:
    words = []
    for kind, name in MODEL_NAME.items():
        accuracy = [result["accuracy"][kind] for result in evaluation["handwriting"]]
        words.append(f"{name} {percent(min(accuracy), 1)} to {percent(max(accuracy), 1)}")
    return f"Accuracy on handwriting through the API: {', '.join(words)}."
