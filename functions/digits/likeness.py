"""Whether a picture shows one digit: the network's score against its threshold, and the reason if it does not."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from digits.preprocess import Picture
from digits.registry import Classifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from digits.registry import Likeness

INK_LEVEL = 40  # of 255; columns without more are blank, so that soft edges do not join two digits
MIN_MASS_RATIO = 0.25  # of a group's ink to the heaviest group's: a dot or a loose stroke is no digit of its own
MIN_HEIGHT_RATIO = 0.5  # of a group's rows to the tallest group's

type Reason = Literal["several_digits", "not_a_digit"]


def assess(classifier: Classifier, picture: Picture, likeness: "Likeness | None") -> dict[str, Any]:
    """Return `digit_likeness`, `is_digit` and, if it is none, `reason` of a picture (28, 28) uint8.

    likeness: of the classifier's `score`, (1,); None returns no fields
    """
    if likeness is None:
        return {}
    score = float(likeness[0])
    is_digit = score >= classifier.entry["digit_likeness"]["threshold"]
    fields = {"digit_likeness": score, "is_digit": is_digit}
    return fields if is_digit else fields | {"reason": reason(picture)}


def reason(picture: Picture) -> Reason:
    """Name what a picture (28, 28) uint8, 0 paper .. 255 ink, that is not one digit shows instead.

    Several digits: two or more groups of ink, separated by blank columns, of comparable mass and height.
    """
    ink = picture * (picture > INK_LEVEL)
    edges = np.flatnonzero(np.diff(ink.any(axis=0), prepend=False, append=False)).tolist()
    groups = [ink[:, start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    masses = [int(group.sum()) for group in groups]
    heights = [_height(group) for group in groups]
    alike = [
        mass >= MIN_MASS_RATIO * max(masses) and height >= MIN_HEIGHT_RATIO * max(heights)
        for mass, height in zip(masses, heights, strict=True)
    ]
    return "several_digits" if sum(alike) > 1 else "not_a_digit"


def _height(group: "NDArray[np.uint8]") -> int:
    """Return the number of rows from the first with ink to the last."""
    rows = np.flatnonzero(group.any(axis=1))
    return int(rows[-1] - rows[0]) + 1
