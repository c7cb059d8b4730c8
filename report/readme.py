"""Tables of the README: `python -m report.readme` writes them between their markers."""

import json
import re
from pathlib import Path

from digits.manifest import MANIFEST, Entry
from evaluation.schema import AVERAGES, FILE, KINDS, Evaluation, Kind, read_evaluation
from report.formatting import strokes_title

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BUNDLE = ROOT / "functions" / "digits" / "models"
EVALUATION = ROOT / "frontend" / "report" / FILE
TABLES = re.compile(r"(?<=<!-- models -->\n).*?(?=<!-- /models -->)", re.DOTALL)

type Entries = dict[Kind, Entry]


def metrics_table(entries: Entries) -> str:
    """Make the Markdown table of the manifest's metrics."""
    rows = ["| model | accuracy | precision | recall | F1 | ECE | ONNX file |", "|---|---|---|---|---|---|---|"]
    for name, entry in entries.items():
        shares = " | ".join(f"{entry['metrics'][metric]:.2%}" for metric in ("accuracy", *AVERAGES))
        ece, size = f"{entry['metrics']['ece']:.4f}", f"{entry['bytes'] / 1e6:.2f} MB"
        rows.append(f"| {entry['title']} (`{name}`) | {shares} | {ece} | {size} |")
    return "\n".join(rows) + "\n"


def handwriting_table(entries: Entries, evaluation: Evaluation) -> str:
    """Make the Markdown table of accuracy on handwriting; empty if these models were not measured on it."""
    served = {kind: entry["sha256"] for kind, entry in entries.items()}
    if not evaluation["handwriting"] or served != {k: model["sha256"] for k, model in evaluation["models"].items()}:
        return ""
    rows = ["", f"| accuracy on handwriting | digits | {' | '.join(KINDS)} |", f"|---|---|{'---|' * len(KINDS)}"]
    for result in evaluation["handwriting"]:
        shares = " | ".join(f"{result['accuracy'][kind]:.1%}" for kind in KINDS)
        rows.append(f"| {strokes_title(result['file'])}, {result['placement']} | {result['digits']} | {shares} |")
    return "\n".join(rows) + "\n"


def updated(readme: str) -> str:
    """Return the README with the tables of the committed manifest and evaluation."""
    entries: Entries = json.loads((BUNDLE / MANIFEST).read_text())["models"]
    tables = metrics_table(entries) + handwriting_table(entries, read_evaluation(EVALUATION))
    return TABLES.sub(lambda _: tables, readme)


if __name__ == "__main__":
    README.write_text(updated(README.read_text()))
    print(f"Wrote the tables of {README.name}")
