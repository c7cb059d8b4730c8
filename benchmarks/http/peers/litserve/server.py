"""LitServe server of the MLP, as in LitServe's documentation: https://lightning.ai/docs/litserve/get-started"""

import base64
import sys
from typing import Any

import litserve as ls
import numpy as np
from numpy.typing import NDArray

from digits.decode import decode
from digits.preprocess import Picture, normalize
from digits.registry import BUNDLE, open_session


class Digits(ls.LitAPI):  # type: ignore[misc]  # its types are not installed here
    def setup(self, device: str) -> None:
        self.session = open_session(f"{BUNDLE}/mlp.onnx")

    def decode_request(self, request: dict[str, str]) -> Picture:
        return normalize(decode(base64.b64decode(request["drawing_data"].partition(",")[2])))

    def predict(self, picture: Picture) -> NDArray[np.float32]:
        (outputs,) = self.session.run(["probabilities"], {"images": picture[None]})
        probabilities: NDArray[np.float32] = outputs[0]
        return probabilities

    def encode_response(self, probabilities: NDArray[np.float32]) -> dict[str, Any]:
        return {"digit": int(probabilities.argmax()), "probabilities": probabilities.tolist()}


if __name__ == "__main__":
    server = ls.LitServer(Digits(), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", generate_client_file=False)
