"""A request of the Open Inference Protocol v2 comes in; its answer goes out, for clients that know no other API.

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

import json

from starlette.requests import Request
from starlette.responses import Response

from digits import body, endpoints, tensors
from digits.endpoints import INFERENCE, Endpoints, answer
from digits.errors import UnknownModel, UnsupportedMediaType
from digits.registry import Classifier
from digits.telemetry import timed

VERSION = "1.0.0"  # the project's: pyproject.toml does not ship
MAX_BODY = 1 << 22  # bytes: in base64 they fit into the 6 MB of Lambda's events
MEDIA = ("", "application/json", "application/octet-stream")  # clients of the protocol send none
JSON_SIZE = "Inference-Header-Content-Length"  # of the extension binary_tensor_data


async def server(request: Request) -> Response:
    """Describe the server."""
    return answer({"name": "digits", "version": VERSION, "extensions": ["binary_tensor_data"]})


async def server_live(request: Request) -> Response:
    """Tell that requests are answered."""
    return answer({"live": True})


async def server_ready(request: Request) -> Response:
    """Let each model answer once."""
    endpoints.bundle.check()
    return answer({"live": True, "ready": True})  # the specification's name for it, and its servers'


async def model(request: Request) -> Response:
    """Describe the tensors of a model."""
    entry = asked(request).entry
    return answer(
        {
            "name": entry["name"],
            "versions": [entry["version"]],
            "platform": "onnx_onnxv1",  # the protocol's word for ONNX Runtime
            "inputs": [tensors.INPUT],
            "outputs": list(tensors.OUTPUTS.values()),
        }
    )


async def model_ready(request: Request) -> Response:
    """Tell that a model has been loaded, and has answered."""
    return answer({"name": asked(request).entry["name"], "ready": True})


async def infer(request: Request) -> Response:
    """Classify a batch of images, which are the model's own input: not normalized."""
    classifier = asked(request)
    if body.media_type(request.headers.get("content-type", "")) not in MEDIA:
        raise UnsupportedMediaType(f"Content-Type is not one of {', '.join(MEDIA[1:])}. Send one of them, or none.")
    content = await body.read(request, MAX_BODY)
    inference = timed(request, "decode", tensors.read, content, request.headers.get(JSON_SIZE))
    probabilities = timed(request, "run", classifier.probabilities, inference.pictures)
    outputs, binary = tensors.write(probabilities, inference.outputs)
    named = {"model_name": classifier.entry["name"], "model_version": classifier.entry["version"]}
    found = named | ({} if inference.id is None else {"id": inference.id}) | {"outputs": outputs}
    if not binary:
        return answer(found)
    text = json.dumps(found).encode()
    headers = {"Cache-Control": "no-store", JSON_SIZE: str(len(text))}
    return Response(text + binary, 200, headers, "application/octet-stream")


def asked(request: Request) -> Classifier:
    """Find the model, in the version that the path names, if it names one. Raises UnknownModel, ModelUnavailable."""
    classifier = endpoints.bundle[request.path_params["model"]]
    name, version = classifier.entry["name"], classifier.entry["version"]
    request.scope["model"] = name
    if request.path_params.get("version", version) != version:
        raise UnknownModel(f"There is no such version of {name}. Ask for {version}, or leave the version out.")
    return classifier


MODEL = f"{INFERENCE}/models/{{model}}"
ENDPOINTS: Endpoints = {
    ("GET", INFERENCE): server,
    ("GET", f"{INFERENCE}/health/live"): server_live,
    ("GET", f"{INFERENCE}/health/ready"): server_ready,
}
for path in (MODEL, f"{MODEL}/versions/{{version}}"):
    ENDPOINTS |= {("GET", path): model, ("GET", f"{path}/ready"): model_ready, ("POST", f"{path}/infer"): infer}
