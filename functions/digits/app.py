"""The endpoints come in; `app` goes out, for any ASGI server, and `handler`, the same application for AWS Lambda.

Starlette, on which FastAPI is built, routes the requests; FastAPI itself is imported when someone first asks for the
documentation, the only thing that it alone gives: its import would make a cold start twice as long.
"""

# ruff: noqa: E402

import gc
import logging
import os
from functools import cached_property

gc.disable()  # while importing nothing is garbage; looking for it takes 5 % of a cold start

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Message, Receive, Scope, Send

from digits import telemetry
from digits.endpoints import DOCUMENTATION, ENDPOINTS, INFERENCE, PROBLEM, Endpoints, Respond, refusal
from digits.errors import AddressTooLong, Fault

MAX_QUERY = 1 << 15  # bytes; the HTTP API takes 10 KB


class Endpoint:
    """ASGI application: one function's answers, without the wrapper in which Starlette looks for exceptions."""

    def __init__(self, path: str, respond: Respond) -> None:
        self.path, self.respond = path, respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.respond(Request(scope, receive))
        await response(scope, receive, send)


class Documentation:
    """ASGI application: FastAPI's, imported at the first request."""

    def __init__(self, path: str) -> None:
        self.path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from digits.documentation import api

        await api({**scope}, receive, send)  # a copy: FastAPI would change what the log needs


class Inference:
    """ASGI application: the Open Inference Protocol, imported at the first request."""

    @cached_property
    def router(self) -> Router:
        from digits.inference import ENDPOINTS

        return Router(routes(ENDPOINTS), redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.router(scope, receive, send)


def routes(endpoints: Endpoints) -> list[BaseRoute]:
    return [Route(path, Endpoint(path, respond), methods=[method]) for (method, path), respond in endpoints.items()]


router = Router(
    [
        *routes(ENDPOINTS),
        *(Route(path, Documentation(path), methods=["GET"]) for path in (DOCUMENTATION, "/api/openapi.json")),
        Route(f"{INFERENCE}{{rest:path}}", Inference()),
    ],
    redirect_slashes=False,  # a redirect would name the API's own host, not the site's
)
preflight = CORSMiddleware(
    router,
    allow_origins=["*"],
    allow_methods=["GET", "POST"],
    allow_headers=["Content-Type", "Inference-Header-Content-Length"],
)
READABLE = [  # by the pages of any site
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Inference-Header-Content-Length, Server-Timing, X-Request-Id"),
    (b"timing-allow-origin", b"*"),
]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer under Lambda's own request id or a new one, an exception as a problem, and log what it took.

    One function for what Starlette would do in three layers: 410 us an answer instead of 430.
    """
    context = scope.get("aws.context")
    request_id = context.aws_request_id if context else os.urandom(16).hex()
    telemetry.begin(scope, request_id)
    method, status = scope["method"], 0

    async def send_named(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            if method != "OPTIONS":
                message["headers"] += READABLE
            if timing := telemetry.server_timing(scope):
                message["headers"].append((b"server-timing", timing.encode()))
        elif method == "HEAD":
            message["body"] = b""  # a server would leave it out, Lambda would not
        await send(message)

    if renewal:
        await renewal.keep()
    scope["app"] = router  # without it, Starlette would answer an unknown route by itself
    try:
        if len(scope["query_string"]) > MAX_QUERY:
            raise AddressTooLong(f"The query is longer than {MAX_QUERY:,} bytes. Send the drawing in the body.")
        await (preflight if method == "OPTIONS" else router)(scope, receive, send_named)
    except Exception as error:
        response = refusal(Request(scope), error)
        await response(scope, receive, send_named)
        if response.status_code == Fault.status:
            raise  # the server logs it
    finally:
        telemetry.log(scope, status)


logging.getLogger("mangum").setLevel(logging.WARNING)  # its line for each request has the path in it: see `telemetry`
handler = Mangum(app, lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, PROBLEM])

renewal = None
if os.environ.get("MODEL_URI"):  # s3://BUCKET/PREFIX
    from digits.reload import Renewal

    renewal = Renewal(os.environ["MODEL_URI"])
    renewal.start()

if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    import digits.snapstart  # noqa: F401

gc.freeze()  # what is imported stays: the collector need not look at it again
gc.enable()
