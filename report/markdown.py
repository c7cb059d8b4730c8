"""Markdown tables."""

from collections.abc import Sequence


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]], align: str = "---:") -> str:
    """Make a Markdown table; `align` applies to all columns but the first."""
    first, *others = (f"| {' | '.join(cells)} |\n" for cells in (head, *rows))
    return "".join([first, f"|---|{f'{align}|' * (len(head) - 1)}\n", *others])
