"""Memory growth of a process after its warm-up.

The bytes are the resident set of smaps_rollup, without garbage collection or trimming beforehand.
"""

from typing import Any

GROWTH = 1_000_000  # bytes, allowed since the warm-up


def with_growth(figures: dict[str, Any], held: list[int]) -> dict[str, Any]:
    """Return the figures with `resident` and `growth`, the maximum minus the first measurement."""
    growth = max(held) - held[0]
    failures = [f"memory: {growth:,} bytes of growth since the warm-up"] if growth > GROWTH else []
    return {**figures, "resident": held, "growth": growth, "failures": figures["failures"] + failures}
