"""Nothing comes in; the descriptions of the routes of the Open Inference Protocol go out, by path and method."""

import json

from digits import endpoints
from digits.endpoints import INFERENCE
from digits.inference import JSON_SIZE, MODEL
from digits.tensors import INPUT
from export.openapi.examples import JSON, ask, seven
from export.openapi.operations import EVERYWHERE, Object, link, operation, parameter, shown
from export.openapi.schemas import VERSION
from export.openapi.shapes import text, whole

BINARY = "application/octet-stream"
TENSORS: Object = {"schema": text("JSON, and tensors in binary behind it.", format="binary")}
JSON_BEFORE: Object = {
    "description": "How many bytes of JSON come before the tensors.",
    "schema": whole(minimum=0),
}


def paths() -> Object:
    found: Object = {INFERENCE: {"get": simple("server", "Describe the server", "Server", INFERENCE)}}
    for state, refused in (("Live", ()), ("Ready", (503,))):
        path, summary = f"{INFERENCE}/health/{state.lower()}", f"Tell whether the server is {state.lower()}"
        found[path] = {"get": simple(f"server{state}", summary, f"Server{state}", path, refused)}
    version = parameter("version", "path", VERSION, example=endpoints.bundle["mlp"].entry["version"])
    model = parameter("model", "path", text(enum=[*endpoints.bundle.load()]), example="mlp")
    return found | of_model("", MODEL, [model]) | of_model("Version", f"{MODEL}/versions/{{version}}", [model, version])


def of_model(suffix: str, path: str, parameters: list[Object]) -> Object:
    """Describe the three routes of a model, or of a version of it."""
    refused = (404, 503)
    return {
        path: {
            "parameters": parameters,
            "get": simple(f"metadata{suffix}", "Describe the tensors of a model", "ModelMetadata", path, refused),
        },
        f"{path}/ready": {
            "parameters": parameters,
            "get": simple(f"ready{suffix}", "Tell whether a model is ready", "ModelReady", f"{path}/ready", refused),
        },
        f"{path}/infer": {"parameters": parameters, "post": infer(f"infer{suffix}", f"{path}/infer")},
    }


def simple(name: str, summary: str, schema: str, path: str, refused: tuple[int, ...] = ()) -> Object:
    answers = {"answer": ask(path, method="GET", version=endpoints.bundle["mlp"].entry["version"])}
    return operation(name, "inference", summary, schema, answers, {"InferenceError": (*refused, *EVERYWHERE)})


def infer(name: str, path: str) -> Object:
    pixels = seven()
    images = {**INPUT, "shape": [1, *pixels.shape], "data": pixels.ravel().tolist()}
    sent = {
        "seven": {"inputs": [images]},
        "digit-alone": {"id": "42", "inputs": [images], "outputs": [{"name": "digit"}]},
    }
    version = endpoints.bundle["mlp"].entry["version"]
    described = operation(
        name,
        "inference",
        "Classify a batch of images",
        "InferenceAnswer",
        {name: ask(path, content=json.dumps(body).encode(), version=version) for name, body in sent.items()},
        {"InferenceError": (400, 404, 413, 415, 503, *EVERYWHERE)},
        links={"metadata": link("metadata", "Describe the model that answered.", model="$response.body#/model_name")},
        parameters=[parameter(JSON_SIZE, "header", **JSON_BEFORE)],
        requestBody={"required": True, "content": {JSON: shown("InferenceRequest", sent), BINARY: TENSORS}},
    )
    described["responses"]["200"]["content"][BINARY] = TENSORS
    described["responses"]["200"]["headers"][JSON_SIZE] = JSON_BEFORE
    return described
