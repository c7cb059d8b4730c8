"""ASGI middleware: request log, internal errors, HEAD requests, size limits."""

import logging
import os
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digits.errors import AddressTooLong, DigitsError, InternalError, TooLarge, UnsupportedMediaType
from digits.http.body import MAX_BODY
from digits.http.problems import INFERENCE_PREFIX, problem_response
from digits.http.timing import server_timing

MAX_QUERY = 1 << 15  # bytes; API Gateway's HTTP APIs accept 10 KB
MAX_INFERENCE_BODY = 1 << 22  # bytes; in base64 they fit into the 6 MB of a Lambda event

logger = logging.getLogger("digits")
logging.logAsyncioTasks = False  # type: ignore[attr-defined]  # otherwise each log record looks up its task's name


class RequestLogMiddleware:
    """Add X-Request-Id, Server-Timing and X-Content-Type-Options to each response, and log each request in one line.

    The id is Lambda's request id where there is one. The fields, none of which contains the drawing or its sender, are
    attributes of the log record: Lambda writes them as JSON, and CloudWatch derives metrics from them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.cold = True  # until the first request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        scope["cold"] = self.cold
        self.cold = self.cold and "example" in scope
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
                headers["X-Content-Type-Options"] = "nosniff"
                if timing := server_timing(scope):
                    headers.append("Server-Timing", timing)
                    headers.append("Timing-Allow-Origin", "*")
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            log_request(method, scope, status)


def log_request(method: str, scope: Scope, status: int) -> None:
    """Log one request, with the path of the route: the requested path could contain anything."""
    if "example" in scope or not logger.isEnabledFor(logging.INFO):  # "example": request for the OpenAPI document
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
        "cold": scope["cold"],
        "milliseconds": {step: round(spent, 3) for step, spent in scope["milliseconds"].items()},
    }
    logger.info("%s %s %s", method, path or "unknown route", status, extra=fields)


class ErrorMiddleware:
    """Respond to exceptions that no exception handler of the application has handled.

    An unexpected exception is raised again after the response, for the server to log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except DigitsError as error:  # raised by LimitsMiddleware
            await problem_response(Request(scope), error)(scope, receive, send)
        except Exception:
            await problem_response(Request(scope), InternalError())(scope, receive, send)
            raise


class HeadMiddleware:
    """Respond to HEAD as to GET, without the body."""

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
    """Reject a query or a body that is too long, and a compressed body.

    A body is rejected before it is read if Content-Length exceeds the limit, else as soon as the limit is exceeded.
    FastAPI's own limit (`max_body_size`) responds in plain text.
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
            length = headers.get("content-length", "0")
            message = await receive() if not length.isdecimal() or float(length) <= limit else {"body": b""}
            size += len(message.get("body", b""))
            if size > limit or "type" not in message:
                raise TooLarge(f"The body is larger than {limit:,} bytes. Send fewer or smaller images in a request.")
            return message

        await self.app(scope, receive_within_limits, send)
