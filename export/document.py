"""The application's OpenAPI document, docs/openapi.json."""

import json
import re
from pathlib import Path

from training.files import write_atomically

DOCUMENT = Path(__file__).parents[1] / "docs" / "openapi.json"
NUMBERS = re.compile(r"\[\s[-+.\deE,\s]+\]")


def formatted() -> str:
    """Return the document as indented JSON, each array of numbers on one line."""
    from digits.app import app  # takes a second

    text = json.dumps(app.openapi(), indent=2)
    return NUMBERS.sub(lambda array: f"[{' '.join(array[0][1:-1].split())}]", text) + "\n"


def write() -> None:
    """Write the document to DOCUMENT."""
    write_atomically(DOCUMENT, lambda path: path.write_text(formatted()))
