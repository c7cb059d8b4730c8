"""The application's description of itself comes in; `openapi.json` goes out, which ships with the function."""

import json
import re

from digits.documentation import OPENAPI
from export.openapi.document import document
from training.artifacts import write

NUMBERS = re.compile(r"\[\s[-+.\deE,\s]+\]")


def printed() -> str:
    """Print the document for people: each row of numbers on one line."""
    text = json.dumps(document(), indent=2)
    return NUMBERS.sub(lambda row: f"[{' '.join(row[0][1:-1].split())}]", text) + "\n"


if __name__ == "__main__":
    write(OPENAPI, lambda beside: beside.write_text(printed()))
