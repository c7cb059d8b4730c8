"""The original's probabilities and the exported model's come in; proof that they are equal goes out, or a refusal."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_DIFFERENCE = 1e-5  # of a probability; float32 sums in another order differ by 1e-6

type Probabilities = NDArray[np.floating[Any]]


class ParityError(Exception):
    """The exported model does not answer as the original does; nothing has been written."""


@dataclass(frozen=True)
class Parity:
    images: int
    different_answers: int
    max_difference: float


def check(name: str, native: Probabilities, exported: Probabilities) -> Parity:
    """Compare probabilities (n, 10) of the same images. Raises ParityError on any different answer."""
    if not np.isfinite(exported).all():
        raise ParityError(f"{name}: the exported model answers with numbers that are not finite. Nothing was written.")
    found = Parity(
        images=len(native),
        different_answers=int((native.argmax(axis=1) != exported.argmax(axis=1)).sum()),
        max_difference=float(np.abs(native - exported).max()),
    )
    if found.different_answers or found.max_difference > MAX_DIFFERENCE:
        raise ParityError(
            f"{name}: {found.different_answers} of {found.images:,} answers differ, probabilities by up to "
            f"{found.max_difference:.1e} ({MAX_DIFFERENCE:.0e} is allowed). Nothing was written."
        )
    return found
