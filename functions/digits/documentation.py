"""The committed openapi.json comes in; `api` goes out: FastAPI, which shows it in `/api/docs`.

`python -m export.openapi` writes the file, with what the application answers as examples.
"""

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from digits.endpoints import DOCUMENTATION

OPENAPI = Path(__file__).with_name("openapi.json")
CONTRACT: dict[str, Any] = json.loads(OPENAPI.read_bytes())


class Documentation(FastAPI):
    """FastAPI, which would describe routes of its own."""

    def openapi(self) -> dict[str, Any]:
        return CONTRACT


api = Documentation(title="digits", docs_url=DOCUMENTATION, openapi_url="/api/openapi.json", redoc_url=None)
