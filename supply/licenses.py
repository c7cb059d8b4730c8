"""Check of the shipped packages' licenses.

ALLOWED lists every license that may ship. Those licenses at most require that their text is included; none requires the
source code of programs that link with the library.
"""

from collections.abc import Iterator

from license_expression import ExpressionError, get_spdx_licensing  # type: ignore[import-untyped]

from supply.shipped import Package

ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-3-Clause-Open-MPI",
    "CC0-1.0",
    "GPL-3.0-or-later WITH GCC-exception-3.1",  # GCC's runtime library exception
    "IJG",
    "MIT",
    "MIT-CMU",
    "PSF-2.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "X11",
    "Zlib",
    "libtiff",
}

# Libraries bundled in wheels, by the start of their file names; licenses from the wheels' license texts.
LIBRARIES = {
    "libscipy_openblas": "BSD-3-Clause AND BSD-3-Clause-Open-MPI AND GPL-3.0-or-later WITH GCC-exception-3.1",
    "libgfortran": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libXau": "X11",
    "libjpeg": "IJG AND BSD-3-Clause AND Zlib",
    "liblzma": "0BSD",
    "libopenjp2": "BSD-2-Clause",
    "libsharpyuv": "BSD-3-Clause",
    "libtiff": "libtiff",
    "libwebp": "BSD-3-Clause",
    "libxcb": "X11",
    "libzstd": "BSD-3-Clause",
}

_spdx = get_spdx_licensing()


def allowed(expression: str) -> bool:
    """Return whether every part of an SPDX expression, or of one of its alternatives, is allowed."""
    try:
        return _is_allowed(_spdx.parse(expression, validate=True))
    except ExpressionError:
        return False


def library(filename: str) -> str:
    """Return the license of a bundled library, or an empty string if it is not in LIBRARIES."""
    return next((expression for start, expression in LIBRARIES.items() if filename.startswith(start)), "")


def problems(package: Package) -> Iterator[str]:
    """Yield one line for each problem with the licenses of a package and its libraries, and with missing texts."""
    name = f"{package.name} {package.version}"
    if not allowed(package.license):
        yield f"{name} is under {package.license or 'no license in its metadata'}: not in {__name__}.ALLOWED."
    for file in package.files:
        if file.parts[0].endswith(".libs") and not allowed(library(file.name)):
            yield f"{file} of {name} is under {library(file.name) or 'no license'} in {__name__}.LIBRARIES: add it."
    for each in package.listed():
        expression = listed_license(each)
        if not allowed(expression):
            yield f"{each['name']}, which {name} links, is under {expression}: not in {__name__}.ALLOWED."
    for text in package.texts:
        if not (package.task / text).is_file():
            yield f"{text} is missing, but required by the license of {name}: functions/prune.txt must not remove it."


def listed_license(component: dict[str, object]) -> str:
    """Return the SPDX expression of a component listed in a wheel."""
    entries = component["licenses"]
    assert isinstance(entries, list)
    stated = [each.get("expression") or each["license"].get("id", each["license"].get("name")) for each in entries]
    return " AND ".join(f"({each})" for each in stated)


def _is_allowed(parsed: object) -> bool:
    if isinstance(parsed, _spdx.OR):
        return any(map(_is_allowed, parsed.args))
    if isinstance(parsed, _spdx.AND):
        return all(map(_is_allowed, parsed.args))
    return str(parsed) in ALLOWED
