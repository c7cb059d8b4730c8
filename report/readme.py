"""The manifest and the evaluation come in; the README's tables go out: `python -m report.readme` writes them."""

import json
import re
from pathlib import Path
from typing import Any

from digits.manifest import MANIFEST, Entry
from digits.registry import BUNDLE
from evaluation import handwriting

README = Path(__file__).parent.with_name("README.md")
EVALUATION = README.parent / "frontend" / "report" / "evaluation.json"
TABLE = re.compile(r"(?<=<!-- models -->\n).*?(?=<!-- /models -->)", re.DOTALL)
SHARES = ("accuracy", "precision", "recall", "f1")


def table(entries: dict[str, Entry]) -> str:
    """Make the Markdown table: measured on the 10,000 test images with onnxruntime on the exported files."""
    rows = ["| model | accuracy | precision | recall | F1 | ECE | size |", "|---|---|---|---|---|---|---|"]
    for name, entry in entries.items():
        figures = " | ".join(f"{entry['metrics'][figure]:.2%}" for figure in SHARES)
        ece, size = f"{entry['metrics']['ece']:.4f}", f"{entry['bytes'] / 1e6:.2f} MB"
        rows.append(f"| {entry['title']} (`{name}`) | {figures} | {ece} | {size} |")
    return "\n".join(rows) + "\n"


def drawn_table(entries: dict[str, Entry], evaluation: dict[str, Any]) -> str:
    """Make the Markdown table of what people drew; nothing where these very models were not measured on it."""
    measured = {kind: model["sha256"] for kind, model in evaluation.get("models", {}).items()}
    if not evaluation.get("drawn") or measured != {name: entry["sha256"] for name, entry in entries.items()}:
        return ""
    rows = ["", f"| drawn by people | digits | {' | '.join(entries)} |", f"|---|---|{'---|' * len(entries)}"]
    for result in evaluation["drawn"]:
        shares = " | ".join(f"{result['accuracy'][name]:.1%}" for name in entries)
        rows.append(f"| {handwriting.title(result['file'])}, {result['placement']} | {result['digits']} | {shares} |")
    return "\n".join(rows) + "\n"


def current(readme: str) -> str:
    """The README with the tables as the committed manifest and evaluation have them."""
    entries = json.loads((Path(BUNDLE) / MANIFEST).read_text())["models"]
    evaluation = json.loads(EVALUATION.read_text()) if EVALUATION.is_file() else {}
    return TABLE.sub(lambda _: table(entries) + drawn_table(entries, evaluation), readme)


if __name__ == "__main__":
    README.write_text(current(README.read_text()))
