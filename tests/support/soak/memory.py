"""Figures come in, with the bytes that a process held from the end of its warm-up on; what it grew since is added.

Bytes held are the resident set, as the kernel gives it in smaps_rollup: nothing is trimmed or collected beforehand.
"""

from typing import Any

GROWTH = 1_000_000  # bytes that a process may hold more at any time than after its warm-up


def judged(figures: dict[str, Any], held: list[int]) -> dict[str, Any]:
    """Add `resident` and `growth`, the most that was held ever after beyond the first."""
    growth = max(held) - held[0]
    failures = [f"memory: {growth:,} bytes more than after the warm-up"] if growth > GROWTH else []
    return {**figures, "resident": held, "growth": growth, "failures": figures["failures"] + failures}
