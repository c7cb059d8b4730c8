"""A function that answers events comes in; an HTTP client goes out, whose answers are the application's here, too."""

import base64
import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import httpx2
from fastapi.testclient import TestClient

from digits.app import app
from tests import events
from tests.events import Event

TEXT = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/")
PATIENCE = 60  # seconds for one answer

type Invoke = Callable[[Event], dict[str, Any]]  # an event of the HTTP API in, the function's result out


class Compared(httpx2.BaseTransport):
    """Send each request to the function and to the application here, which has every package whole."""

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke
        self._here = TestClient(app, raise_server_exceptions=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        content = request.read()
        there = as_response(self._invoke(as_event(request, content)))
        here = self._here.request(request.method, request.url, content=content, headers=request.headers)
        assert (there.status_code, there.content) == (here.status_code, here.content)
        assert _named(there.headers) == _named(here.headers)
        return there


def client(invoke: Invoke) -> httpx2.Client:
    """Give a client that needs no server and no port: its requests become events."""
    return httpx2.Client(transport=Compared(invoke), base_url="http://testserver")


def invoke_at(address: str) -> Invoke:
    """Give what invokes a function at the address of Lambda's API, or of a part of it that runs here."""

    def invoke(event: Event) -> dict[str, Any]:
        request = urllib.request.Request(address, json.dumps(event).encode())
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            result: dict[str, Any] = json.load(response)
        assert "statusCode" in result, result
        return result

    return invoke


def as_event(request: httpx2.Request, content: bytes) -> Event:
    """Make the event that the HTTP API would make of the request."""
    text = content.isascii() and request.headers.get("content-type", "").startswith(TEXT)
    body = content.decode() if text else base64.b64encode(content).decode()
    event = events.post(request.url.path, body, request.url.query.decode())
    event["requestContext"]["http"]["method"] = request.method
    return {**event, "headers": dict(request.headers), "isBase64Encoded": not text}


def as_response(result: dict[str, Any]) -> httpx2.Response:
    """Make the answer that the HTTP API would make of the function's result."""
    body = result["body"]
    content = base64.b64decode(body) if result["isBase64Encoded"] else body.encode()
    return httpx2.Response(result["statusCode"], headers=result["headers"], content=content)


def _named(headers: httpx2.Headers) -> dict[str, str]:
    """What has to be the same: all but the name of the answer, and its milliseconds."""
    steps = re.sub(r"dur=[\d.]+", "dur", headers.get("server-timing", ""))
    return {**headers, "x-request-id": "", "server-timing": steps}
