"""The endpoints come in; `app` goes out, for any ASGI server, and `handler`, the same application for AWS Lambda.

Starlette, on which FastAPI is built, routes the requests; FastAPI itself is imported when someone first asks for the
documentation, the only thing that it alone gives: its import would make a cold start twice as long.
"""

# ruff: noqa: E402

import gc
import os
from collections.abc import Awaitable, Callable

gc.disable()  # while importing nothing is garbage; looking for it takes 5 % of a cold start

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Message, Receive, Scope, Send

from digits.endpoints import DOCUMENTATION, ENDPOINTS, PROBLEM, refusal


class Endpoint:
    """ASGI application: one function's answers, without the wrapper in which Starlette looks for exceptions."""

    def __init__(self, respond: Callable[[Request], Awaitable[Response]]) -> None:
        self.respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.respond(Request(scope, receive))
        await response(scope, receive, send)


class Documentation:
    """ASGI application: FastAPI's, imported at the first request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from digits.documentation import api

        await api(scope, receive, send)


documented = Documentation()
router = Router(
    [
        *(Route(path, Endpoint(endpoint), methods=[method]) for (method, path), endpoint in ENDPOINTS.items()),
        *(Route(path, documented, methods=["GET"]) for path in (DOCUMENTATION, "/api/openapi.json")),
    ],
    redirect_slashes=False,  # a redirect would name the API's own host, not the site's
)
preflight = CORSMiddleware(router, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["Content-Type"])
READABLE = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", b"X-Request-Id")]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer for the pages of any site, under Lambda's own request id or a new one; an exception becomes a problem.

    One function for what Starlette would do in three layers: 410 us an answer instead of 430.
    """
    options = scope.get("method") == "OPTIONS"
    context = scope.get("aws.context")
    request_id = context.aws_request_id if context else os.urandom(16).hex()
    headers = [(b"x-request-id", request_id.encode()), *([] if options else READABLE)]

    async def send_named(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        await send(message)

    scope["app"] = router  # without it, Starlette would answer an unknown route by itself
    try:
        await (preflight if options else router)(scope, receive, send_named)
    except Exception as error:
        response = refusal(Request(scope), error)
        await response(scope, receive, send_named)
        if response.status_code == 500:
            raise  # the server logs it


handler = Mangum(app, lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, PROBLEM])

if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    import digits.snapstart  # noqa: F401

gc.freeze()  # what is imported stays: the collector need not look at it again
gc.enable()
