"""HTTP client of a Lambda function, which compares each response with the application's in this process."""

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
TIMEOUT = 60  # seconds

type Invoke = Callable[[Event], dict[str, Any]]  # takes an event of the HTTP API, returns the function's result


class Compared(httpx2.BaseTransport):
    """Transport to the function and to the application in this process, whose packages are not pruned."""

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke
        self._here = TestClient(app, raise_server_exceptions=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        content = request.read()
        there = as_response(self._invoke(as_event(request, content)))
        here = self._here.request(request.method, request.url, content=content, headers=request.headers)
        assert (there.status_code, there.content) == (here.status_code, here.content)
        assert comparable_headers(there) == comparable_headers(here)
        return there


def client(invoke: Invoke) -> httpx2.Client:
    """Return a client whose requests are sent as events, without a server."""
    return httpx2.Client(transport=Compared(invoke), base_url="http://testserver")


def invoke_at(address: str) -> Invoke:
    """Return a function that invokes the Lambda function at a URL of the emulator or of SAM local."""

    def invoke(event: Event) -> dict[str, Any]:
        request = urllib.request.Request(address, json.dumps(event).encode())
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            result: dict[str, Any] = json.load(response)
        assert "statusCode" in result, result
        return result

    return invoke


def as_event(request: httpx2.Request, content: bytes) -> Event:
    """Convert a request to an event as the HTTP API does."""
    text = content.isascii() and request.headers.get("content-type", "").startswith(TEXT)
    body = content.decode() if text else base64.b64encode(content).decode()
    event = events.post(request.url.path, body, request.url.query.decode())
    event["requestContext"]["http"]["method"] = request.method
    return {**event, "headers": dict(request.headers), "isBase64Encoded": not text}


def as_response(result: dict[str, Any]) -> httpx2.Response:
    """Convert the function's result to a response as the HTTP API does."""
    body = result["body"]
    content = base64.b64decode(body) if result["isBase64Encoded"] else body.encode()
    return httpx2.Response(result["statusCode"], headers=result["headers"], content=content)


def comparable_headers(response: httpx2.Response) -> dict[str, str]:
    """Headers without the request id and milliseconds, and without the type of an empty body, which Mangum adds."""
    headers = response.headers
    steps = re.sub(r"dur=[\d.]+", "dur", headers.get("server-timing", ""))
    content_type = headers["content-type"] if response.content else ""
    return {**headers, "x-request-id": "", "server-timing": steps, "content-type": content_type}
