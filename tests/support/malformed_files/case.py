"""Cases of the corpus: a request body with its expected response."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.support.pictures import seven

type Coverage = NDArray[np.float64]

DIGIT = 7
PNG, JPEG, WEBP, JSON = "image/png", "image/jpeg", "image/webp", "application/json"
NOT_AN_IMAGE, CORRUPT, EMPTY = "not an image", "damaged or cut off", "Draw one digit"


@dataclass(frozen=True)
class Case:
    """A request body and its expected response: a digit, or a problem with `message` in its detail."""

    name: str
    content: bytes
    media: str
    status: int
    message: str = ""
    digit: int | None = None


def read(name: str, content: bytes, media: str = PNG) -> Case:
    """Return a case with the prediction 7."""
    return Case(name, content, media, 200, digit=DIGIT)


def accepted(name: str, content: bytes, media: str = PNG) -> Case:
    """Return a case with any prediction."""
    return Case(name, content, media, 200)


def rejected(name: str, content: bytes, message: str, media: str = PNG, status: int = 422) -> Case:
    return Case(name, content, media, status, message)


def cut(name: str, content: bytes, media: str, pieces: int, last: int) -> list[Case]:
    """Return cases of the file cut off at `pieces` places, from its first byte to `last`."""
    ends = sorted({int(end) for end in np.linspace(1, last, pieces)})
    kinds = {PNG: 8, JPEG: 3, WEBP: 12}  # bytes of the signature
    return [
        rejected(f"{name} cut at {end}", content[:end], CORRUPT if end >= kinds[media] else NOT_AN_IMAGE, media)
        for end in ends
    ]


def ink(side: int = 64) -> Coverage:
    """Draw the seven. Return (side, side) float64, 0 paper .. 1 ink."""
    return np.asarray(seven(side), np.float64) / 255


def colored(paper: str = "#fffbe6", pen: str = "#204a87", side: int = 64) -> Image.Image:
    """Draw the seven in color."""
    picture = Image.new("RGB", (side, side), paper)
    picture.paste(pen, mask=seven(side))
    return picture
