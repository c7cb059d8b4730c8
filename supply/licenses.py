"""The packages of the built function come in; what keeps one of them from being given away goes out.

ALLOWED is the one list of licences that may ship. All ask at most for their text to go along; none asks for the
source of what is linked with it.
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
    "GPL-3.0-or-later WITH GCC-exception-3.1",  # GCC's runtime: the exception frees what is compiled with it
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

# The libraries that wheels bring along as files, by the start of their names: as the wheel's own licence text has it.
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
    """Whether a choice that an SPDX expression leaves is allowed in all its parts."""
    try:
        return _holds(_spdx.parse(expression, validate=True))
    except ExpressionError:
        return False


def library(filename: str) -> str:
    """The licence of a bundled library; an empty string for one that nobody has looked at."""
    return next((licence for start, licence in LIBRARIES.items() if filename.startswith(start)), "")


def problems(package: Package) -> Iterator[str]:
    """One line for each thing that is wrong with a package's licence, its libraries' and its texts."""
    name = f"{package.name} {package.version}"
    if not allowed(package.licence):
        yield f"{name} is under {package.licence or 'no licence that its metadata names'}: not in {__name__}.ALLOWED."
    for file in package.files:
        if file.parts[0].endswith(".libs") and not allowed(library(file.name)):
            yield f"{file} of {name} is under {library(file.name) or 'no licence'} in {__name__}.LIBRARIES: look it up."
    for each in package.listed():
        expression = listed_licence(each)
        if not allowed(expression):
            yield f"{each['name']}, which {name} links, is under {expression}: not in {__name__}.ALLOWED."
    for text in package.texts:
        if not (package.task / text).is_file():
            yield f"{text} is missing, the licence of {name} asks for it: functions/prune.txt must not remove it."


def listed_licence(component: dict[str, object]) -> str:
    """The SPDX expression of a component that a wheel lists."""
    licences = component["licenses"]
    assert isinstance(licences, list)
    stated = [each.get("expression") or each["license"].get("id", each["license"].get("name")) for each in licences]
    return " AND ".join(f"({each})" for each in stated)


def _holds(parsed: object) -> bool:
    if isinstance(parsed, _spdx.OR):
        return any(map(_holds, parsed.args))
    if isinstance(parsed, _spdx.AND):
        return all(map(_holds, parsed.args))
    return str(parsed) in ALLOWED
