"""Single steps of a prediction, each prepared so that only the step itself is timed.

Each step imports only what it needs: it runs in its own process, inside the artifact.
"""

import base64
import io
import json
from collections.abc import Callable
from functools import partial
from typing import Any


def session_run(event: dict[str, Any]) -> Callable[[], Any]:
    """Run only the ONNX session, on the application's 28x28 image."""
    from digits.decode import decode
    from digits.preprocess import normalize
    from digits.registry import BUNDLE, open_session

    session = open_session(f"{BUNDLE}/mlp.onnx")
    pictures = {session.get_inputs()[0].name: normalize(decode(_png(event)))[None]}
    return partial(session.run, ["probabilities"], pictures)


def bare_decode(event: dict[str, Any]) -> Callable[[], Any]:
    """Decode a PNG to 28x28 as the bare baseline does."""
    from bare_baseline import decode  # type: ignore[import-not-found]  # copied beside this file

    return partial(decode, _png(event))


def pillow_decode(event: dict[str, Any]) -> Callable[[], Any]:
    """Decode a PNG to 28x28 as in Pillow's documentation."""
    import numpy as np
    from PIL import Image

    png = _png(event)
    return lambda: np.asarray(Image.open(io.BytesIO(png)).convert("L").resize((28, 28)))


def load_decode(event: dict[str, Any]) -> Callable[[], Any]:
    """Run only Pillow's decoder: inflate and unfilter, without a resize."""
    from PIL.PngImagePlugin import PngImageFile

    png = _png(event)
    return lambda: PngImageFile(io.BytesIO(png)).getpixel((0, 0))  # reading one pixel loads all


def _png(event: dict[str, Any]) -> bytes:
    return base64.b64decode(json.loads(event["body"])["drawing_data"].partition(",")[2])
