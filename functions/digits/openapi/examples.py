"""Examples of the OpenAPI document: requests, and what the application answers to them."""

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
    Fault,
    MalformedRequest,
    MethodNotAllowed,
    ModelUnavailable,
    NotAnImage,
    NothingDrawn,
    TooLarge,
    UnknownModel,
    UnknownRoute,
    UnsupportedMediaType,
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
ROUTES = {  # that show the errors of each format
    "Problem": "/api/predict/{model}",
    "OriginalError": "/api/predict/",
    "InferenceError": "/api/v2/models/{model}/infer",
}


@dataclass(frozen=True)
class Answer:
    """Response of the application."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(
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
) -> Answer:
    """Send a request through the whole application, without a server or an event loop."""
    named = {"content-type": media, **(headers or {})}
    scope = {
        "type": "http",
        "example": True,  # is not logged
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

    with suppress(StopIteration):  # nothing in it waits for anything but `receive`
        app(scope, receive, send).send(None)
    start, body = messages
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], answered, body["body"])


def request_examples() -> dict[str, dict[str, Any]]:
    """Bodies of requests by the name of their schema."""
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
    """Add to each operation its requests, and the answers of each model to them; of a model with an explanation, too.

    A model that cannot be served has no examples.
    """
    requests = request_examples()
    path_parameters = {"model": MODEL_NAMES[0], "version": _version(app, MODEL_NAMES[0])}
    for path, operations in document["paths"].items():
        for method in operations.keys() - {"head"}:
            operation = operations[method]
            bodies = {"answer": None}
            for content in operation.get("requestBody", {}).get("content", {}).values():
                if name := content["schema"].get("$ref", "").rpartition("/")[2]:
                    bodies = requests[name]
                    content["examples"] = {name: {"value": body} for name, body in bodies.items()}
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    parameter["example"] = path_parameters[parameter["name"]]
            shown = operation["responses"]["200"]["content"][JSON].setdefault("examples", {})
            for model in MODEL_NAMES if "{model}" in path else [""]:
                explains = model and any(found["name"] == "explain" for found in operation.get("parameters", []))
                for query in ("", "explain=true") if explains else ("",):
                    for name, body in bodies.items():
                        sent = json.dumps(body).encode()
                        answer = ask(
                            app, path, method.upper(), sent, query=query, model=model, version=_version(app, model)
                        )
                        if answer.status == 200:
                            parts = (model, name, "explained" if query else "")
                            shown["-".join(filter(None, parts))] = {"value": json.loads(answer.body)}


def add_error_examples(app: FastAPI, responses: dict[str, Any]) -> None:
    """Add to each error response what the application answers to a bad request of that kind."""
    for kind in DigitsError.__subclasses__():
        for model, path in ROUTES.items():
            response = responses.get(f"{model}{kind.status}")
            if response and (kind in BAD_REQUESTS or model != "OriginalError"):
                answer = ask(app, path, **BAD_REQUESTS[kind]) if kind in BAD_REQUESTS else _failed(path, kind)
                if answer.status == kind.status:
                    (content,) = response["content"].values()
                    name = kind.type.rpartition(":")[2]
                    content["examples"][name] = {"value": json.loads(answer.body)}


def _failed(path: str, kind: type[DigitsError]) -> Answer:
    """What the application would answer to an error of its own."""
    error: DigitsError = Fault()
    if kind is ModelUnavailable:
        try:
            Bundle("nowhere").all()
        except ModelUnavailable as unavailable:
            error = unavailable
    response = problem_response(Request({"type": "http", "method": "POST", "path": path, "headers": []}), error)
    return Answer(response.status_code, {}, bytes(response.body))


def _version(app: FastAPI, model: str) -> str:
    try:
        return app.state.registry.bundle[model].entry["version"] if model else ""
    except ModelUnavailable:
        return ""
