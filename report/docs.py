"""Tables of README.md and docs/: `python -m report docs` writes them between their markers."""

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import schema as benchmarks
from digits.manifest import MANIFEST, Entry
from evaluation.json_file import read_json
from evaluation.schema import AVERAGES, FILE, KINDS, Evaluation, Kind, read_evaluation
from report.formatting import megabytes, strokes_title
from report.markdown import markdown
from report.results import benchmark_adapter
from report.serving import docs as serving
from training.files import write_text

ROOT = Path(__file__).parents[1]
PAGES = (
    ROOT / "README.md",
    ROOT / "docs" / "how-it-works.md",
    ROOT / "docs" / "training.md",
    ROOT / "docs" / "benchmarks.md",
)
BUNDLE = ROOT / "functions" / "digits" / "models"
EVALUATION = ROOT / "frontend" / "report" / FILE
BENCHMARK = EVALUATION.with_name(benchmarks.FILE)
BLOCK = re.compile(r"<!-- ([\w-]+) -->\n.*?<!-- /\1 -->", re.DOTALL)

type Entries = dict[Kind, Entry]


def metrics_table(entries: Entries) -> str:
    """Make the table of the manifest's metrics."""
    rows = []
    for name, entry in entries.items():
        shares = [f"{entry['metrics'][metric]:.2%}" for metric in ("accuracy", *AVERAGES)]
        ece, size = f"{entry['metrics']['ece']:.4f}", megabytes(entry["bytes"])
        rows.append([f"{entry['title']} (`{name}`)", *shares, ece, size])
    return markdown(["model", "accuracy", "precision", "recall", "F1", "ECE", "ONNX file"], rows, "---")


def handwriting_table(entries: Entries, evaluation: Evaluation) -> str:
    """Make the table of accuracy on handwriting; empty if these models were not measured on it."""
    served = {kind: entry["sha256"] for kind, entry in entries.items()}
    if not evaluation["handwriting"] or served != {k: model["sha256"] for k, model in evaluation["models"].items()}:
        return ""
    rows = [
        [
            f"{strokes_title(result['file'])}, {result['placement']}",
            str(result["digits"]),
            *(f"{result['accuracy'][kind]:.1%}" for kind in KINDS),
        ]
        for result in evaluation["handwriting"]
    ]
    return "\n" + markdown(["accuracy on handwriting", "digits", *KINDS], rows, "---")


def class_table(evaluation: Evaluation) -> str:
    """Make the table of precision, recall and F1 of each class."""
    classes = {kind: evaluation["models"][kind]["metrics"]["classes"] for kind in KINDS}
    names = {"precision": "precision", "recall": "recall", "f1": "F1"}
    rows = [
        [
            str(digit),
            f"{support:,}",
            *(f"{classes[kind][name][digit]:.1%}" for name in AVERAGES for kind in KINDS),
        ]
        for digit, support in enumerate(classes["mlp"]["support"])
    ]
    return markdown(["digit", "images", *(f"{names[name]}, {kind}" for name in AVERAGES for kind in KINDS)], rows)


def confusion_table(evaluation: Evaluation, kind: Kind) -> str:
    """Make the confusion matrix of a model: rows are true digits, columns are predictions."""
    return _matrix(_confusion(evaluation, kind), "{}")


def difference_table(evaluation: Evaluation) -> str:
    """Make the difference of the confusion matrices, MLP minus tree."""
    return _matrix(_confusion(evaluation, "mlp") - _confusion(evaluation, "tree"), "{:+}")


def _confusion(evaluation: Evaluation, kind: Kind) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    return np.array(evaluation["models"][kind]["metrics"]["confusion_matrix"])


def _matrix(matrix: "np.ndarray[tuple[int, int], np.dtype[np.int64]]", style: str) -> str:
    rows = [
        [f"**{digit}**", *(style.format(count) if count else "0" for count in counts)]
        for digit, counts in enumerate(matrix.tolist())
    ]
    return markdown(["true", *map(str, range(len(matrix)))], rows)


def comparison_table(evaluation: Evaluation) -> str:
    """Make the table that compares the two served models."""
    served = {recipe["kind"]: recipe for recipe in evaluation["recipes"] if recipe["served"]}
    models, mcnemar = evaluation["models"], evaluation["mcnemar"]
    only_right = {"mlp": mcnemar["only_first_right"], "tree": mcnemar["only_second_right"]}

    def accuracy_at(distortion: str, strength: float, kind: Kind) -> str:
        curve = evaluation["robustness"][distortion]
        return f"{curve['accuracy'][served[kind]['name']][curve['strengths'].index(strength)]:.1%}"

    lines: dict[str, Callable[[Kind], str]] = {
        "accuracy on the test images": lambda kind: f"{served[kind]['accuracy']:.2%}",
        "95 % confidence interval": lambda kind: "{:.2%} to {:.2%}".format(*served[kind]["confidence_interval"]),
        "predictions that only this model has right": lambda kind: str(only_right[kind]),
        "area under the ROC curve, mean over the digits": lambda kind: f"{models[kind]['roc']['macro']:.5f}",
        "ECE": lambda kind: f"{models[kind]['metrics']['ece']:.4f}",
        "size of the ONNX file": lambda kind: megabytes(served[kind]["bytes"]),
        "one prediction, one thread": lambda kind: f"{(served[kind]['microseconds'] or 0) / 1e3:.2f} ms",
        "training": lambda kind: f"{(served[kind]['seconds'] or 0) / 60:.0f} minutes",
        "accuracy after rotation by 30 degrees": lambda kind: accuracy_at("rotation", 30, kind),
        "accuracy with noise of 20 gray levels": lambda kind: accuracy_at("noise", 20, kind),
    }
    return markdown(
        ["", "neural network", "decision tree"], [[name, *map(cell, KINDS)] for name, cell in lines.items()]
    )


def recipe_table(evaluation: Evaluation) -> str:
    """Make the table of the recipes that are evaluated."""
    rows = [
        [
            f"`{recipe['kind']} {recipe['recipe']}`{' (served)' if recipe['served'] else ''}",
            f"{recipe['accuracy']:.2%}",
            megabytes(recipe["bytes"]),
            f"{recipe['seconds'] or 0:,} s",
        ]
        for recipe in sorted(evaluation["recipes"], key=lambda recipe: recipe["kind"])
    ]
    return markdown(["recipe", "accuracy", "ONNX file", "training"], rows)


def tables() -> dict[str, str]:
    """Make the tables of the committed manifest, evaluation and benchmark, by marker."""
    entries: Entries = json.loads((BUNDLE / MANIFEST).read_text())["models"]
    evaluation = read_evaluation(EVALUATION)
    return {
        "models": metrics_table(entries) + handwriting_table(entries, evaluation),
        "classes": class_table(evaluation),
        "confusion-mlp": confusion_table(evaluation, "mlp"),
        "confusion-tree": confusion_table(evaluation, "tree"),
        "confusion-difference": difference_table(evaluation),
        "comparison": comparison_table(evaluation),
        "recipes": recipe_table(evaluation),
    } | serving.tables(read_json(BENCHMARK, benchmark_adapter(), benchmarks.COMMAND))


def updated(page: str, tables: dict[str, str]) -> str:
    """Return a page with these tables between its markers. Raises KeyError for an unknown marker."""
    return BLOCK.sub(lambda block: f"<!-- {block[1]} -->\n{tables[block[1]]}<!-- /{block[1]} -->", page)


def command(arguments: argparse.Namespace) -> None:
    """Run `python -m report docs`."""
    made = tables()
    for page in PAGES:
        write_text(page, updated(page.read_text(), made))
        print(f"Wrote the tables of {page.relative_to(ROOT)}")
