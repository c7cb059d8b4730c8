"""Corpus of malformed and unusual request bodies with their expected responses, always the same."""

from collections.abc import Callable, Iterator
from functools import cache

from tests.support.malformed_files import jpeg_files, json_bodies, other_files, png_files, webp_files
from tests.support.malformed_files.case import Case

MODULES = (png_files, jpeg_files, webp_files, other_files, json_bodies)
FAMILIES: dict[str, Callable[[], Iterator[Case]]] = {
    f"{module.__name__.rpartition('.')[2]}.{family.__name__}": family
    for module in MODULES
    for family in module.FAMILIES
}


@cache
def cases(family: str) -> tuple[Case, ...]:
    return tuple(FAMILIES[family]())


def corpus() -> tuple[Case, ...]:
    """Return the cases of all families."""
    return tuple(case for family in FAMILIES for case in cases(family))
