"""Number formats of the report and the README."""

from collections.abc import Sequence
from typing import Any

from evaluation.schema import Kind

DASH = "\N{EN DASH}"
NO_BREAK = "\N{NO-BREAK SPACE}"
SUPERSCRIPT_DIGITS = str.maketrans(
    "-0123456789",
    "\N{SUPERSCRIPT MINUS}\N{SUPERSCRIPT ZERO}\N{SUPERSCRIPT ONE}\N{SUPERSCRIPT TWO}\N{SUPERSCRIPT THREE}"
    "\N{SUPERSCRIPT FOUR}\N{SUPERSCRIPT FIVE}\N{SUPERSCRIPT SIX}\N{SUPERSCRIPT SEVEN}\N{SUPERSCRIPT EIGHT}"
    "\N{SUPERSCRIPT NINE}",
)
MODEL: dict[Kind, str] = {"mlp": "MLP", "tree": "tree"}  # short names
MODEL_NAME: dict[Kind, str] = {"mlp": "neural network", "tree": "decision tree"}
STROKES = {  # what recorded strokes are, by the start of the file's name
    "uji": "UJI Pen Characters, 30 writers, stylus",
    "numberpad": "NumberPad, one writer, finger",
}


def percent(share: float, digits: int = 2) -> str:
    return f"{share:.{digits}%}"


def format_confidence(share: float) -> str:
    """Format a probability, never rounded to 0% or 100%."""
    if share >= 0.9995:
        return ">99.9%"
    return "<0.1%" if share < 0.0005 else percent(share, 1)


def percent_range(interval: Sequence[float]) -> str:
    """Format a range of shares, as 99.15 to 99.47%."""
    return f"{interval[0] * 100:.2f}{DASH}{interval[1]:.2%}"


def megabytes(size: int) -> str:
    return f"{size / 1e6:.2f} MB"


def microseconds(time: float | None) -> str:
    return DASH if time is None else f"{time:.0f} \N{MICRO SIGN}s"


def milliseconds(seconds: float) -> str:
    """Format a difference of two times, which may be negative."""
    return f"{round(seconds * 1e3)} ms".replace("-", "\N{MINUS SIGN}")


def duration(seconds: float) -> str:
    """Format seconds with three digits: 2.35 s, 412 ms, 0.42 ms, 21 µs."""
    for unit, size in (("s", 1.0), ("ms", 1e-4)):
        if seconds >= size:
            return f"{seconds / (1e-3 if unit == 'ms' else 1.0):.3g} {unit}"
    return f"{seconds * 1e6:.3g} \N{MICRO SIGN}s"


def ratio(value: float) -> str:
    """Format a ratio: 1.23, 0.24, 12."""
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def number(value: Any) -> str:
    """Format a value of a training record; a dash for None."""
    return f"{value:.4g}" if isinstance(value, int | float) else DASH if value is None else str(value)


def scientific(value: float) -> str:
    """Format a small number as a factor and a power of ten."""
    factor, power = f"{value:.1e}".split("e")
    return f"{factor}{NO_BREAK}\N{MULTIPLICATION SIGN}{NO_BREAK}10{str(int(power)).translate(SUPERSCRIPT_DIGITS)}"


def p_value(p: float) -> str:
    """Format the p-value of a test."""
    if p == 0:
        return "p below the smallest floating-point number"
    return f"p{NO_BREAK}={NO_BREAK}{p:.3f}" if p >= 0.001 else f"p{NO_BREAK}={NO_BREAK}{scientific(p)}"


def capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def joined(words: Sequence[str]) -> str:
    """Join words by commas and a final "and"."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def recipe_title(name: str) -> str:
    """Format the name of a recipe: mlp-wide is "MLP, wide"."""
    kind, recipe = name.split("-", 1)
    return f"{'MLP' if kind == 'mlp' else 'Tree'}, {recipe}"


def strokes_title(file: str) -> str:
    """Describe a file of strokes by its name without suffix."""
    return next((title for start, title in STROKES.items() if file.startswith(start)), file)
