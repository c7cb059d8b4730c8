"""Generated tables of a Markdown page, between markers: `<!-- name -->` and `<!-- /name -->`."""

import re
from collections.abc import Mapping

BLOCK = re.compile(r"(?<=<!-- (?P<name>\w{4}) -->\n).*?(?=<!-- /(?P=name) -->)", re.DOTALL)


def replace_tables(text: str, tables: Mapping[str, str]) -> str:
    """Return the page with current tables between the markers of these names."""
    return BLOCK.sub(lambda match: tables[match["name"]], text)


def rows(*lines: tuple[object, ...]) -> str:
    """Return a Markdown table: the first line is the header, and all columns but the first are right-aligned."""
    head, *body = ("| " + " | ".join(map(str, line)) + " |" for line in lines)
    return "\n".join((head, "|---|" + "---:|" * (len(lines[0]) - 1), *body)) + "\n"


def usd(amount: float) -> str:
    return f"{amount:,.2f}" if amount >= 0.01 else "less than 0.01" if amount else "0"
