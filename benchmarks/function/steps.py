"""Single steps of an answer, each prepared up to the point where a clock may start.

Each step imports what it needs and no more: it runs in a process of its own, inside the artifact.
"""

import base64
import io
import json
from collections.abc import Callable
from functools import partial
from typing import Any


def session_run(event: dict[str, Any]) -> Callable[[], Any]:
    """Run the network alone, on the picture that the served application would give to it."""
    from digits.decode import decode
    from digits.preprocess import normalize
    from digits.registry import BUNDLE, open_session

    session = open_session(f"{BUNDLE}/mlp.onnx")
    pictures = {session.get_inputs()[0].name: normalize(decode(_png(event)))[None]}
    return partial(session.run, ["probabilities"], pictures)


def bare_decode(event: dict[str, Any]) -> Callable[[], Any]:
    """Decode a PNG to 28x28 as the bare baseline does."""
    from bare_baseline import decode  # type: ignore[import-not-found]  # beside this file where it runs

    return partial(decode, _png(event))


def pillow_decode(event: dict[str, Any]) -> Callable[[], Any]:
    """Decode a PNG to 28x28 as Pillow's documentation does."""
    import numpy as np
    from PIL import Image

    png = _png(event)
    return lambda: np.asarray(Image.open(io.BytesIO(png)).convert("L").resize((28, 28)))


def load_decode(event: dict[str, Any]) -> Callable[[], Any]:
    """Run Pillow's decoder alone: inflating and unfiltering, the first step of every way to 28x28."""
    from PIL.PngImagePlugin import PngImageFile

    png = _png(event)
    return lambda: PngImageFile(io.BytesIO(png)).getpixel((0, 0))  # one pixel needs all of them loaded


def _png(event: dict[str, Any]) -> bytes:
    return base64.b64decode(json.loads(event["body"])["drawing_data"].partition(",")[2])
