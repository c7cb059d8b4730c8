"""Reduction of pictures to the size at which ink is separated."""

import math

from PIL import Image

SIDE = 400  # pixels, at most: a digit of a tenth of a photograph has 40, twice as many as the models' input


def reduce_to(image: Image.Image, side: int = SIDE) -> Image.Image:
    """Average blocks of pixels until the longer side is at most `side`."""
    factor = math.ceil(max(image.size) / side)
    return image.reduce(factor) if factor > 1 else image
