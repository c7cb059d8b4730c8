"""The manifest comes in; the README's table of the models goes out: `python -m export.readme` writes it."""

import json
import re
from pathlib import Path

from digits.classifier import BUNDLE, MANIFEST, Entry

README = Path(__file__).parent.with_name("README.md")
TABLE = re.compile(r"(?<=<!-- models -->\n).*?(?=<!-- /models -->)", re.DOTALL)


def table(entries: dict[str, Entry]) -> str:
    """Make the Markdown table: measured on the 10,000 test images with onnxruntime on the exported files."""
    rows = ["| model | accuracy | precision | recall | F1 | size |", "|---|---|---|---|---|---|"]
    for name, entry in entries.items():
        figures = " | ".join(f"{entry['metrics'][figure]:.2%}" for figure in ("accuracy", "precision", "recall", "f1"))
        rows.append(f"| {entry['title']} (`{name}`) | {figures} | {entry['bytes'] / 1e6:.2f} MB |")
    return "\n".join(rows) + "\n"


def current(readme: str) -> str:
    """The README with the table as the committed manifest has it."""
    entries = json.loads((BUNDLE / MANIFEST).read_text())["models"]
    return TABLE.sub(lambda _: table(entries), readme)


if __name__ == "__main__":
    README.write_text(current(README.read_text()))
