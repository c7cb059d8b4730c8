"""Prices in USD and published limits of AWS, from the dated table `prices.json`."""

import json
from pathlib import Path
from typing import Any

TABLE: dict[str, Any] = json.loads(Path(__file__).with_name("prices.json").read_text())
MILLION = 1_000_000


def price(name: str) -> float:
    """Return the USD per unit of the table."""
    return float(TABLE["prices"][name]["usd"])


def limit(name: str) -> float:
    return float(TABLE["limits"][name]["value"])


def read() -> str:
    """Return the date of the oldest entry."""
    return min(str(entry["read"]) for part in ("prices", "limits") for entry in TABLE[part].values())
