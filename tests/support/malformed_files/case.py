"""A file and what is expected of it come in; one case of the corpus goes out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.support.pictures import seven

type Shares = NDArray[np.float64]

DIGIT = 7
PNG, JPEG, WEBP, JSON = "image/png", "image/jpeg", "image/webp", "application/json"
NOT_AN_IMAGE, DAMAGED, EMPTY = "not an image", "damaged or cut off", "Draw one digit"


@dataclass(frozen=True)
class Case:
    """What is sent, and what has to come back: the digit, or a problem whose detail holds these words."""

    name: str
    content: bytes
    media: str
    status: int
    says: str = ""
    digit: int | None = None


def read(name: str, content: bytes, media: str = PNG) -> Case:
    """A seven in whatever form: the answer is 7."""
    return Case(name, content, media, 200, digit=DIGIT)


def answered(name: str, content: bytes, media: str = PNG) -> Case:
    """Ink that is no digit: any answer will do."""
    return Case(name, content, media, 200)


def refused(name: str, content: bytes, says: str, media: str = PNG, status: int = 422) -> Case:
    return Case(name, content, media, status, says)


def cut(name: str, content: bytes, media: str, pieces: int, last: int) -> list[Case]:
    """Cut a file off at as many places, from its first byte to `last`: no picture of it may be read."""
    ends = sorted({int(end) for end in np.linspace(1, last, pieces)})
    kinds = {PNG: 8, JPEG: 3, WEBP: 12}  # bytes that tell the format
    return [
        refused(f"{name} cut at {end}", content[:end], DAMAGED if end >= kinds[media] else NOT_AN_IMAGE, media)
        for end in ends
    ]


def ink(side: int = 64) -> Shares:
    """Draw the seven. Returns (side, side), 0 paper .. 1 ink."""
    return np.asarray(seven(side), np.float64) / 255


def coloured(paper: str = "#fffbe6", pen: str = "#204a87", side: int = 64) -> Image.Image:
    """Draw the seven on paper of a colour, with a pen of another."""
    picture = Image.new("RGB", (side, side), paper)
    picture.paste(pen, mask=seven(side))
    return picture
