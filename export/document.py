"""Write docs/openapi.json, the application's OpenAPI document: `python -m export.document`."""

import argparse
import json
import re
from pathlib import Path

from digits.app import app
from training.files import write_atomically

DOCUMENT = Path(__file__).parents[1] / "docs" / "openapi.json"
NUMBERS = re.compile(r"\[\s[-+.\deE,\s]+\]")


def formatted() -> str:
    """Return the document as indented JSON, each array of numbers on one line."""
    text = json.dumps(app.openapi(), indent=2)
    return NUMBERS.sub(lambda array: f"[{' '.join(array[0][1:-1].split())}]", text) + "\n"


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m export.document", description=__doc__).parse_args()
    write_atomically(DOCUMENT, lambda path: path.write_text(formatted()))
