"""ASGI middleware: request id, timing and log line; errors of our own; HEAD; limits."""

import logging
import os
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digits.errors import AddressTooLong, DigitsError, Fault, TooLarge, UnsupportedMediaType
from digits.http.body import MAX_BODY
from digits.http.problems import INFERENCE_PREFIX, problem_response
from digits.http.timing import server_timing

MAX_QUERY = 1 << 15  # bytes; API Gateway's HTTP APIs accept 10 KB
MAX_INFERENCE_BODY = 1 << 22  # bytes; in base64 they fit into the 6 MB of a Lambda event

logger = logging.getLogger("digits")
logging.logAsyncioTasks = False  # type: ignore[attr-defined]  # or each log record would look up its task's name


class RequestLogMiddleware:
    """Name each request (X-Request-Id), send its timing (Server-Timing), and log it in one line.

    The id is Lambda's own where there is one. The line holds nothing of the drawing or of its sender: its fields are
    attributes of the log record, which Lambda's JSON format writes and of which CloudWatch makes metrics.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        context = scope.get("aws.context")
        scope["request_id"] = context.aws_request_id if context else os.urandom(16).hex()
        scope["milliseconds"] = {}
        method, status = scope["method"], 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.append("X-Request-Id", scope["request_id"])
                headers.setdefault("Cache-Control", "no-store")
                if timing := server_timing(scope):
                    headers.append("Server-Timing", timing)
                    headers.append("Timing-Allow-Origin", "*")
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            log_request(method, scope, status)


def log_request(method: str, scope: Scope, status: int) -> None:
    """Log one request: the route's path and endpoint, not the path that was requested, which may hold anything."""
    if "example" in scope or not logger.isEnabledFor(logging.INFO):  # the first: of the OpenAPI document
        return
    route: Any = scope.get("route")
    endpoint = scope.get("endpoint")
    path = route.path if route else None
    fields = {
        "requestId": scope["request_id"],
        "route": path,
        "endpoint": f"{endpoint.__module__}.{endpoint.__name__}" if endpoint else None,
        "model": scope.get("model"),
        "status": status,
        "milliseconds": {step: round(spent, 3) for step, spent in scope["milliseconds"].items()},
    }
    logger.info("%s %s %s", method, path or "unknown route", status, extra=fields)


class ErrorMiddleware:
    """Answer with a problem where an error has passed the application's exception handlers.

    An unexpected exception is raised again after the answer, for the server to log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except DigitsError as error:  # of LimitsMiddleware
            await problem_response(Request(scope), error)(scope, receive, send)
        except Exception:
            await problem_response(Request(scope), Fault())(scope, receive, send)
            raise


class HeadMiddleware:
    """Answer HEAD as GET without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") != "HEAD":
            return await self.app(scope, receive, send)
        scope["method"] = "GET"

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        await self.app(scope, receive, send_without_body)


class LimitsMiddleware:
    """Refuse a query or a body that is too long, and a compressed body.

    A body is refused before it is read if its length is announced, else as soon as the limit is exceeded. FastAPI's own
    limit (`max_body_size`) answers in plain text.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if len(scope["query_string"]) > MAX_QUERY:
            raise AddressTooLong(f"The query is longer than {MAX_QUERY:,} bytes. Send the drawing in the body.")
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        limit = MAX_INFERENCE_BODY if path.startswith(INFERENCE_PREFIX) else MAX_BODY
        headers, size = Headers(scope=scope), 0

        async def receive_within_limits() -> Message:
            nonlocal size
            if (encoding := headers.get("content-encoding", "identity")).lower() != "identity":
                raise UnsupportedMediaType(f"Content-Encoding is {encoding}. Send the body uncompressed.")
            announced = headers.get("content-length", "0")
            message = await receive() if not announced.isdecimal() or float(announced) <= limit else {"body": b""}
            size += len(message.get("body", b""))
            if size > limit or "type" not in message:
                raise TooLarge(f"The body is larger than {limit:,} bytes. Send fewer or smaller images in a request.")
            return message

        await self.app(scope, receive_within_limits, send)
