"""Comparison of an exported model's probabilities with the original's."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from command_line import CommandError

MAX_DIFFERENCE = 1e-5  # of a probability; float32 sums in another order differ by 1e-6

type Probabilities = NDArray[np.floating[Any]]


class ParityError(CommandError):
    """The exported model's predictions differ from the original's; nothing has been written."""


@dataclass(frozen=True)
class Parity:
    """Result of the comparison, as the manifest records it."""

    images: int
    different_answers: int
    max_difference: float


def check(name: str, original: Probabilities, converted: Probabilities) -> Parity:
    """Compare probabilities (n, 10) of the same images. Raises ParityError if any predicted class differs."""
    if not np.isfinite(converted).all():
        raise ParityError(f"{name}: the exported model's probabilities are not finite. Nothing was written.")
    parity = Parity(
        images=len(original),
        different_answers=int((original.argmax(axis=1) != converted.argmax(axis=1)).sum()),
        max_difference=float(np.abs(original - converted).max()),
    )
    if parity.different_answers or parity.max_difference > MAX_DIFFERENCE:
        raise ParityError(
            f"{name}: {parity.different_answers} of {parity.images:,} predictions differ, probabilities by up to "
            f"{parity.max_difference:.1e} (limit {MAX_DIFFERENCE:.0e}). Nothing was written."
        )
    return parity
