"""The endpoints come in; `app` goes out, for any ASGI server, and `handler`, the same application for AWS Lambda.

Starlette, on which FastAPI is built, routes the requests; FastAPI itself is imported when someone first asks for the
documentation, the only thing that it alone gives: its import takes as long as everything else at a cold start.
"""

# ruff: noqa: E402

import gc
import os

gc.disable()  # while importing: nothing is garbage yet

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from digits.endpoints import DOCUMENTATION, ENDPOINTS, PROBLEM, PROBLEMS, RequestId


class Documentation:
    """ASGI application: FastAPI's, imported at the first request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from digits.documentation import api

        await api(scope, receive, send)


documented = Documentation()
cors = Middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=["GET", "POST"],
    allow_headers=["Content-Type"],
    expose_headers=["X-Request-Id"],
)
app = Starlette(
    routes=[
        *(Route(path, endpoint, methods=[method]) for (method, path), endpoint in ENDPOINTS.items()),
        *(Route(path, documented, methods=["GET"]) for path in (DOCUMENTATION, "/api/openapi.json")),
    ],
    middleware=[Middleware(RequestId), cors],
    exception_handlers=PROBLEMS,
)
app.router.redirect_slashes = False  # a redirect would name the API's own host, not the site's
handler = Mangum(app, lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, PROBLEM])

if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    import digits.snapstart  # noqa: F401

gc.freeze()  # what is imported stays: the collector need not look at it again
gc.enable()
