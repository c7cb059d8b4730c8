"""Requests of which the outcome is known come in; what the application answers goes out, for the documentation."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.types import Message

from digits.app import MAX_QUERY, app
from digits.decode import as_data_url, png
from digits.endpoints import refusal
from digits.errors import (
    AddressTooLong,
    DigitsError,
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
from digits.preprocess import SIZE, Picture
from digits.registry import Bundle

JSON = "application/json"
BAD: dict[type[DigitsError], dict[str, Any]] = {
    MalformedRequest: {"content": b"{}"},
    UnknownModel: {"model": "forest"},
    UnknownRoute: {"rest": "/nothing"},
    MethodNotAllowed: {"method": "DELETE"},
    TooLarge: {"headers": {"content-length": str(1 << 30)}},
    AddressTooLong: {"query": "a" * (MAX_QUERY + 1)},
    UnsupportedMediaType: {"media": "image/gif"},
    NotAnImage: {"content": b"GIF89a", "media": "image/png"},
    NothingDrawn: {"content": png(np.zeros((SIZE, SIZE), np.uint8)), "media": "image/png"},
}


@dataclass(frozen=True)
class Answer:
    """What the application answered."""

    status: int
    headers: dict[str, str]
    body: bytes


def seven() -> Picture:
    """Draw a seven, three pixels wide."""
    picture = np.zeros((SIZE, SIZE), np.uint8)
    picture[5:8, 7:21] = 255
    for row in range(8, 23):
        left = 18 - (row - 8) // 2
        picture[row, left : left + 3] = 255
    return picture


DRAWING = {"drawing_data": as_data_url(seven())}


def ask(
    path: str,
    method: str = "POST",
    content: bytes = json.dumps(DRAWING).encode(),
    media: str = JSON,
    headers: dict[str, str] | None = None,
    query: str = "",
    model: str = "mlp",
    version: str = "",
    rest: str = "",
) -> Answer:
    """Send a request through the whole application."""
    named = {"content-type": media, **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "path": path.format(model=model, version=version) + rest,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": content}

    async def send(message: Message) -> None:
        said.append(message)

    with suppress(StopIteration):  # it waits for nothing but `receive`, and needs no event loop
        app(scope, receive, send).send(None)
    start, body = said
    names = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], names, body["body"])


def refusals(path: str, errors: Iterable[type[DigitsError]]) -> dict[int, dict[str, Answer]]:
    """What the application answers on this route to a request that is bad in each of these ways, by status and type."""
    found: dict[int, dict[str, Answer]] = {}
    for error in errors:
        answer = ask(path, **BAD[error]) if error in BAD else _fault(path, error)
        found.setdefault(error.status, {})[error.type.rpartition(":")[2]] = answer
    return found


def _fault(path: str, error: type[DigitsError]) -> Answer:
    """What it would answer if this were wrong on its own side."""
    raised: Exception = ValueError()
    if error is ModelUnavailable:
        try:
            Bundle("nowhere").all()
        except ModelUnavailable as unavailable:
            raised = unavailable
    response = refusal(Request({"type": "http", "method": "POST", "path": path, "headers": []}), raised)
    return Answer(response.status_code, {"x-request-id": "", **response.headers}, bytes(response.body))
