"""Nothing comes in; hostile and unusual bodies go out, the same each time, with the answer that is right for each."""

from collections.abc import Iterator
from functools import cache

from tests.support.malformed_files import jpeg_files, json_bodies, other_files, png_files, webp_files
from tests.support.malformed_files.case import Case


@cache
def corpus() -> tuple[Case, ...]:
    return tuple(_cases())


def _cases() -> Iterator[Case]:
    for family in (png_files, jpeg_files, webp_files, other_files, json_bodies):
        yield from family.files()
