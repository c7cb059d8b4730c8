"""Prices in USD and published limits of AWS, by name, from the dated table `prices.json`."""

import json
from pathlib import Path
from typing import Any

TABLE: dict[str, Any] = json.loads(Path(__file__).with_name("prices.json").read_text())
MILLION = 1_000_000


def price(name: str) -> float:
    """USD for the unit that the table names."""
    return float(TABLE["prices"][name]["usd"])


def limit(name: str) -> float:
    return float(TABLE["limits"][name]["value"])


def read() -> str:
    """The day on which the oldest of the entries was read."""
    return min(str(entry["read"]) for part in ("prices", "limits") for entry in TABLE[part].values())
