"""BentoML service of the MLP, as in BentoML's documentation: https://docs.bentoml.com/en/latest/get-started/hello-world.html"""

import base64
from typing import Any

import bentoml

from digits.decode import decode
from digits.preprocess import normalize
from digits.registry import BUNDLE, open_session


@bentoml.service
class Digits:
    def __init__(self) -> None:
        self.session = open_session(f"{BUNDLE}/mlp.onnx")

    @bentoml.api  # type: ignore[untyped-decorator]  # its types are not installed here
    def predict(self, drawing_data: str) -> dict[str, Any]:
        picture = normalize(decode(base64.b64decode(drawing_data.partition(",")[2])))
        (probabilities,) = self.session.run(["probabilities"], {"images": picture[None]})
        return {"digit": int(probabilities[0].argmax()), "probabilities": probabilities[0].tolist()}
