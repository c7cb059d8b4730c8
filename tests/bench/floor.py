"""An event comes in; the probabilities go out, with nothing between: the least that this artifact can answer with."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from PIL import Image

# The folder of the artifact is the one that the function starts in.
options = ort.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = ort.InferenceSession(Path("digits/models/mlp.onnx").read_bytes(), options)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    png = base64.b64decode(json.loads(event["body"])["drawing_data"].partition(",")[2])
    (probabilities,) = session.run(None, {"images": decode(png)[None]})
    body = {"digit": int(probabilities[0].argmax()), "probabilities": probabilities[0].tolist()}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}


def decode(png: bytes) -> NDArray[np.uint8]:
    """Decode a picture of light ink on dark paper to (28, 28) uint8."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("L").resize((28, 28)))
