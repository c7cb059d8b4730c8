"""Tables of the report on the evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.schema import AVERAGES, CLASSES, KINDS, SEPARATION_KINDS, Evaluation, Kind
from report.captions import score_title
from report.formatting import (
    DASH,
    MODEL_NAME,
    capitalized,
    megabytes,
    microseconds,
    number,
    percent,
    percent_range,
    recipe_title,
    strokes_title,
)

SHORT: dict[Kind, str] = {"mlp": "MLP", "tree": "Tree"}
HEAD = ["", *SHORT.values()]
CALIBRATION_TITLES = {"ece_before": "ECE on validation images, before", "ece_after": "ECE on validation images, after"}


@dataclass(frozen=True)
class Table:
    """A table whose first column names the rows; "" in the head is an empty cell."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def summary(evaluation: Evaluation) -> Table:
    models = [evaluation["models"][kind] for kind in KINDS]
    metrics = [model["metrics"] for model in models]
    served = {recipe["kind"]: recipe for recipe in evaluation["recipes"] if recipe["served"]}
    recipes = [served[kind] for kind in KINDS]
    rows = [
        ["Accuracy", *(percent(one["accuracy"]) for one in metrics)],
        ["… 95% confidence interval", *(percent_range(recipe["confidence_interval"]) for recipe in recipes)],
    ]
    for name in AVERAGES:
        rows.append([f"{capitalized(name)}, weighted", *(percent(one[name]) for one in metrics)])
        rows.append([f"{capitalized(name)}, macro", *(percent(one["macro"][name]) for one in metrics)])
    rows += [
        ["Calibration error (ECE)", *(f"{one['ece']:.4f}" for one in metrics)],
        ["ONNX file", *(megabytes(recipe["bytes"]) for recipe in recipes)],
        ["Latency, one image", *(microseconds(recipe["microseconds"]) for recipe in recipes)],
        ["Version", *(model["sha256"][:12] for model in models)],
    ]
    return Table("Served models", HEAD, rows)


def mcnemar(evaluation: Evaluation) -> Table:
    counts = evaluation["mcnemar"]
    rows = [
        ["MLP correct", f"{counts['both_right']:,}", f"{counts['only_first_right']:,}"],
        ["MLP wrong", f"{counts['only_second_right']:,}", f"{counts['both_wrong']:,}"],
    ]
    return Table("Both models on the same images", ["", "Tree correct", "Tree wrong"], rows)


def recipes(evaluation: Evaluation) -> Table:
    head = [
        *("Recipe", "Accuracy", "95% confidence interval", "ECE"),
        *("ONNX file", "Size", "Latency, one image", "Training time"),
    ]
    rows = [
        [
            f"{recipe_title(recipe['name'])}{' (served)' if recipe['served'] else ''}",
            percent(recipe["accuracy"]),
            percent_range(recipe["confidence_interval"]),
            f"{recipe['ece']:.4f}",
            megabytes(recipe["bytes"]),
            f"{recipe['parameters']:,} parameters" if recipe["kind"] == "mlp" else f"{recipe['leaves']:,} leaves",
            microseconds(recipe["microseconds"]),
            f"{recipe['seconds']:,} s" if recipe["seconds"] else DASH,
        ]
        for recipe in evaluation["recipes"]
    ]
    return Table("Accuracy, calibration, size and latency", head, rows)


def handwriting(evaluation: Evaluation) -> Table:
    rows = [
        [
            f"{strokes_title(result['file'])}, {result['placement']}",
            f"{result['digits']:,}",
            *(percent(result["accuracy"][kind], 1) for kind in KINDS),
        ]
        for result in evaluation["handwriting"]
    ]
    return Table("Accuracy on handwriting", ["Strokes", "Digits", *SHORT.values()], rows)


def handwriting_by_recipe(evaluation: Evaluation) -> Table:
    """Return the accuracy of every recipe; a dash where an earlier run did not measure it."""
    results = evaluation["handwriting"]
    head = ["Recipe", *(f"{result['file'].split('_')[0]}, {result['placement']}" for result in results)]
    rows = []
    for name in (recipe["name"] for recipe in evaluation["recipes"]):
        accuracy = [result["recipes"].get(name) for result in results]
        rows.append([recipe_title(name), *(DASH if share is None else percent(share, 1) for share in accuracy)])
    return Table("Accuracy on handwriting, every recipe", head, rows)


def classes(evaluation: Evaluation) -> Table:
    metrics = [evaluation["models"][kind]["metrics"]["classes"] for kind in KINDS]
    rows = [
        [
            str(digit),
            str(metrics[0]["support"][digit]),
            *(percent(one[name][digit], 1) for name in AVERAGES for one in metrics),
        ]
        for digit in range(CLASSES)
    ]
    head = [f"{capitalized(name)}, {model}" for name in AVERAGES for model in ("MLP", "tree")]
    return Table("Metrics per class", ["Digit", "Images", *head], rows)


def roc(evaluation: Evaluation) -> Table:
    areas = [evaluation["models"][kind]["roc"] for kind in KINDS]
    titles = {str(digit): f"{digit} against the others" for digit in range(CLASSES)} | {"micro": "Micro-average"}
    rows = [[title, *(f"{one['curves'][name]['auc']:.5f}" for one in areas)] for name, title in titles.items()]
    rows.append(["Macro-average", *(f"{one['macro']:.5f}" for one in areas)])
    return Table("Area under the curve (AUC)", HEAD, rows)


def calibration(evaluation: Evaluation) -> Table:
    models = [evaluation["models"][kind] for kind in KINDS]
    rows = [["ECE on test images", *(f"{model['metrics']['ece']:.4f}" for model in models)]]
    records = [model["calibration"] or {} for model in models]
    for name in dict.fromkeys(name for record in records for name in record):
        title = CALIBRATION_TITLES.get(name, f"Calibration {name.replace('_', ' ')}")
        rows.append([title, *(number(record.get(name)) for record in records)])
    return Table("Calibration error", HEAD, rows)


def reliability(evaluation: Evaluation, kind: Kind) -> Table:
    rows = [
        [percent(one["confidence"], 1), percent(one["accuracy"], 1), f"{one['images']:,}"]
        for one in evaluation["models"][kind]["reliability"]
    ]
    return Table(f"Bins, {MODEL_NAME[kind]}", ["Mean confidence", "Accuracy", "Images"], rows)


def robustness(evaluation: Evaluation, name: str) -> Table:
    distortion = evaluation["robustness"][name]
    head = ["Recipe", *(f"{strength:g}" for strength in distortion["strengths"])]
    rows = [[recipe_title(recipe), *(percent(v, 1) for v in acc)] for recipe, acc in distortion["accuracy"].items()]
    return Table(f"{distortion['title']} ({distortion['unit']})", head, rows)


def confident(evaluation: Evaluation) -> Table:
    rows = [
        [capitalized(name), *(percent(models[kind]["confident"], 1) for kind in KINDS)]
        for name, models in evaluation["out_of_distribution"]["confidence"].items()
    ]
    return Table("Predictions with at least 90% confidence", HEAD, rows)


def rejection_scores(evaluation: Evaluation) -> Table:
    auroc = evaluation["out_of_distribution"]["auroc"]
    rows = [
        [capitalized(score_title(name)), *(f"{areas[kind]:.3f}" for kind in SEPARATION_KINDS)]
        for name, areas in sorted(auroc.items(), key=lambda item: -item[1]["letters"])
    ]
    return Table("Separating digits from other images (AUROC)", ["Score", *map(capitalized, SEPARATION_KINDS)], rows)


def training(evaluation: Evaluation) -> Table:
    rows = [
        [
            recipe,
            str(len(history["loss"])),
            *(f"{values[-1]:.4f}" for values in (history["loss"], history["val_loss"])),
            *(percent(values[-1]) for values in (history["accuracy"], history["val_accuracy"])),
        ]
        for recipe, history in evaluation["training"].items()
    ]
    head = ["MLP", "Epochs", "Loss", "Validation loss", "Accuracy", "Validation accuracy"]
    return Table("Last epoch", head, rows)


def data(evaluation: Evaluation) -> Table:
    splits = evaluation["classes"]
    rows = [[str(digit), *(f"{counts[digit]:,}" for counts in splits.values())] for digit in range(CLASSES)]
    rows.append(["All", *(f"{sum(counts):,}" for counts in splits.values())])
    return Table("Images per class (MNIST)", ["Digit", *map(capitalized, splits)], rows)
