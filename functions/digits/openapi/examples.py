"""Examples of the OpenAPI document: requests, and the application's responses to them."""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import Message

from digits.decode import decode, png
from digits.dependencies import MODEL_NAMES
from digits.errors import (
    AddressTooLong,
    DigitsError,
    InternalError,
    MalformedRequest,
    MethodNotAllowed,
    ModelUnavailable,
    NotAnImage,
    NothingDrawn,
    TooLarge,
    UnknownModel,
    UnknownRoute,
    UnsupportedMediaType,
    WrongAddress,
)
from digits.http.body import JSON, decode_drawing
from digits.http.middleware import MAX_QUERY
from digits.http.problems import problem_response
from digits.open_inference.tensors import INPUT
from digits.preprocess import SIZE
from digits.registry import Bundle
from digits.schemas import SEVEN

DRAWING = {"drawing_data": SEVEN}
BAD_REQUESTS: dict[type[DigitsError], dict[str, Any]] = {
    MalformedRequest: {"content": b"{}"},
    UnknownModel: {"model": "forest"},
    UnknownRoute: {"suffix": "/nothing"},
    MethodNotAllowed: {"method": "DELETE"},
    TooLarge: {"headers": {"content-length": str(1 << 30)}},
    AddressTooLong: {"query": "a" * (MAX_QUERY + 1)},
    UnsupportedMediaType: {"media": "image/gif"},
    NotAnImage: {"content": b"GIF89a", "media": "image/png"},
    NothingDrawn: {"content": png(np.zeros((SIZE, SIZE), np.uint8)), "media": "image/png"},
}
ROUTES = {  # by the error format that their examples show
    "Problem": "/api/predict/{model}",
    "OriginalError": "/api/predict/",
    "InferenceError": "/api/v2/models/{model}/infer",
}


@dataclass(frozen=True)
class ExampleResponse:
    """Response of the application."""

    status: int
    headers: dict[str, str]
    body: bytes


def send_request(
    app: FastAPI,
    path: str,
    method: str = "POST",
    content: bytes = json.dumps(DRAWING).encode(),
    media: str = JSON,
    headers: dict[str, str] | None = None,
    query: str = "",
    model: str = MODEL_NAMES[0],
    version: str = "",
    suffix: str = "",
) -> ExampleResponse:
    """Send a request through the whole application, without a server or an event loop."""
    named = {"content-type": media, **(headers or {})}
    scope = {
        "type": "http",
        "example": True,  # not logged
        "method": method,
        "path": path.format(model=model, version=version) + suffix,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": content}

    async def send(message: Message) -> None:
        messages.append(message)

    with suppress(StopIteration):  # the application awaits nothing but `receive`
        app(scope, receive, send).send(None)
    start, body = messages
    received = {name.decode(): value.decode() for name, value in start["headers"]}
    return ExampleResponse(start["status"], received, body["body"])


def request_examples() -> dict[str, dict[str, Any]]:
    """Return example bodies of requests by the name of their schema."""
    pixels = np.asarray(decode(decode_drawing(SEVEN)))
    images = INPUT.model_dump() | {"shape": [1, SIZE, SIZE], "data": pixels.ravel().tolist()}
    return {
        "Drawing": {"seven": DRAWING},
        "InferenceRequest": {
            "seven": {"inputs": [images]},
            "digit-alone": {"id": "42", "inputs": [images], "outputs": [{"name": "digit"}]},
        },
    }


def add_examples(app: FastAPI, document: dict[str, Any]) -> None:
    """Add to each operation its requests and the responses of each model, with and without an explanation.

    A model that cannot be served has no examples.
    """
    requests = request_examples()
    path_parameters = {"model": MODEL_NAMES[0], "version": _version(app, MODEL_NAMES[0])}
    for path, operations in document["paths"].items():
        for method in operations.keys() - {"head"}:
            operation = operations[method]
            bodies = {"response": None}
            for content in operation.get("requestBody", {}).get("content", {}).values():
                if name := content["schema"].get("$ref", "").rpartition("/")[2]:
                    bodies = requests[name]
                    content["examples"] = {name: {"value": body} for name, body in bodies.items()}
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    parameter["example"] = path_parameters[parameter["name"]]
            shown = operation["responses"]["200"]["content"][JSON].setdefault("examples", {})
            for model in MODEL_NAMES if "{model}" in path else [""]:
                explains = model and any(each["name"] == "explain" for each in operation.get("parameters", []))
                for query in ("", "explain=true") if explains else ("",):
                    for name, body in bodies.items():
                        sent = json.dumps(body).encode()
                        response = send_request(
                            app, path, method.upper(), sent, query=query, model=model, version=_version(app, model)
                        )
                        if response.status == 200:
                            parts = (model, name, "explained" if query else "")
                            shown["-".join(filter(None, parts))] = {"value": json.loads(response.body)}


def add_error_examples(app: FastAPI, responses: dict[str, Any]) -> None:
    """Add to each documented error the application's response to a bad request of that kind."""
    for kind in DigitsError.__subclasses__():
        for model, path in ROUTES.items():
            documented = responses.get(f"{model}{kind.status}")
            if documented and (kind in BAD_REQUESTS or model != "OriginalError"):
                bad = BAD_REQUESTS.get(kind)
                response = send_request(app, path, **bad) if bad else _server_error(path, kind)
                if response.status == kind.status:
                    (content,) = documented["content"].values()
                    name = kind.type.rpartition(":")[2]
                    content["examples"][name] = {"value": json.loads(response.body)}


def _server_error(path: str, kind: type[DigitsError]) -> ExampleResponse:
    """Return the application's response to an error that no request to it causes."""
    error: DigitsError = WrongAddress() if kind is WrongAddress else InternalError()
    if kind is ModelUnavailable:
        try:
            Bundle("nowhere").all()
        except ModelUnavailable as unavailable:
            error = unavailable
    response = problem_response(Request({"type": "http", "method": "POST", "path": path, "headers": []}), error)
    return ExampleResponse(response.status_code, {}, bytes(response.body))


def _version(app: FastAPI, model: str) -> str:
    try:
        return app.state.registry.bundle[model].entry["version"] if model else ""
    except ModelUnavailable:
        return ""
