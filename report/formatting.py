"""Numbers come in; the way the report and the README write them goes out."""

from collections.abc import Sequence
from typing import Any

NONE = "\N{EN DASH}"
JOIN = "\N{NO-BREAK SPACE}"
RAISED = str.maketrans(
    "-0123456789",
    "\N{SUPERSCRIPT MINUS}\N{SUPERSCRIPT ZERO}\N{SUPERSCRIPT ONE}\N{SUPERSCRIPT TWO}\N{SUPERSCRIPT THREE}"
    "\N{SUPERSCRIPT FOUR}\N{SUPERSCRIPT FIVE}\N{SUPERSCRIPT SIX}\N{SUPERSCRIPT SEVEN}\N{SUPERSCRIPT EIGHT}"
    "\N{SUPERSCRIPT NINE}",
)


def percent(share: float, digits: int = 2) -> str:
    return f"{share:.{digits}%}"


def sureness(share: float) -> str:
    """A probability that is never rounded to certainty."""
    if share >= 0.9995:
        return ">99.9%"
    return "<0.1%" if share < 0.0005 else percent(share, 1)


def between(interval: Sequence[float]) -> str:
    """A range of shares: 99.15 to 99.47%."""
    return f"{interval[0] * 100:.2f}{NONE}{interval[1]:.2%}"


def megabytes(size: int) -> str:
    return f"{size / 1e6:.2f} MB"


def microseconds(time: float) -> str:
    return f"{time:.0f} \N{MICRO SIGN}s"


def milliseconds(seconds: float) -> str:
    """A difference of two times, which may be below zero."""
    return f"{round(seconds * 1e3)} ms".replace("-", "\N{MINUS SIGN}")


def duration(seconds: float) -> str:
    """Three digits and the unit that suits them: 2.35 s, 412 ms, 0.42 ms, 21 microseconds."""
    for unit, size in (("s", 1.0), ("ms", 1e-4)):
        if seconds >= size:
            return f"{seconds / (1e-3 if unit == 'ms' else 1.0):.3g} {unit}"
    return f"{seconds * 1e6:.3g} \N{MICRO SIGN}s"


def ratio(value: float) -> str:
    """How many times: 1.23, 0.24, 12."""
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def number(value: Any) -> str:
    """Whatever a training wrote, a dash where it wrote nothing."""
    return f"{value:.4g}" if isinstance(value, int | float) else NONE if value is None else str(value)


def scientific(value: float) -> str:
    """A small number as people write it: 3.4 times 10 to the -133rd, with a superscript."""
    factor, power = f"{value:.1e}".split("e")
    return f"{factor}{JOIN}\N{MULTIPLICATION SIGN}{JOIN}10{str(int(power)).translate(RAISED)}"


def probability(p: float) -> str:
    """The p of a test."""
    if p == 0:
        return "p below what a computer can write"
    return f"p{JOIN}={JOIN}{p:.3f}" if p >= 0.001 else f"p{JOIN}={JOIN}{scientific(p)}"


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]
