"""ASGI application and AWS Lambda handler."""

# ruff: noqa: I001

from digits import startup  # first: it speeds up the imports below

import logging
import os
from functools import partial

from fastapi import FastAPI
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from digits.openapi import document as openapi
from digits.http import problems
from digits.http.base_path import BasePathMiddleware
from digits.lambda_handler import LambdaHandler
from digits.http.middleware import ErrorMiddleware, HeadMiddleware, LimitsMiddleware, RequestLogMiddleware
from digits.registry import ModelRegistry
from digits.routes import documentation, inference, models, original, predict

ROUTERS = (predict.router, models.router, original.router, inference.router, documentation.router)
CORS = Middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=["GET", "HEAD", "POST"],
    allow_headers=["*"],
    expose_headers=["Inference-Header-Content-Length", "Server-Timing", "X-Request-Id"],
)


def create_app(model_uri: str | None = None, origin_secrets: str | None = None) -> FastAPI:
    """Build the application.

    model_uri: s3://BUCKET/PREFIX of published models, which replace the committed ones at run time
    origin_secrets: secrets that CloudFront sends, separated by a comma; other requests are rejected
    """
    registry = ModelRegistry()
    middleware = [
        Middleware(BasePathMiddleware),
        Middleware(RequestLogMiddleware),
        CORS,
        Middleware(HeadMiddleware),
        Middleware(ErrorMiddleware),
        Middleware(LimitsMiddleware),
    ]
    if origin_secrets:
        from digits.http.origin import OriginMiddleware

        middleware.insert(-1, Middleware(OriginMiddleware, secrets=origin_secrets))
    app = FastAPI(
        # include_router would build and match each route twice: 5 ms of a cold start
        routes=[route for router in ROUTERS for route in router.routes],
        title="digits",
        version=inference.VERSION,
        summary="Draw a digit, get ten probabilities.",
        description=openapi.DESCRIPTION,
        license_info={"name": "MIT", "identifier": "MIT"},
        openapi_tags=openapi.TAGS,
        servers=[{"url": "/"}],
        docs_url=None,  # digits.routes.documentation serves the page and the document
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # a redirect would contain the API's own host, not the site's
        exception_handlers=problems.HANDLERS,
        middleware=middleware,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.openapi = partial(openapi.document, app)  # type: ignore[method-assign]
    app.state.registry = registry
    if model_uri:
        from digits.reload import ModelReloader, ReloadMiddleware

        app.state.reloader = ModelReloader(model_uri, registry)
        app.add_middleware(ReloadMiddleware, reloader=app.state.reloader)
        app.state.reloader.start()
    return app


app = create_app(os.environ.get("MODEL_URI"), os.environ.get("ORIGIN_SECRETS"))
logging.getLogger("mangum").setLevel(logging.WARNING)  # its line for each request would contain the path
handler = LambdaHandler(
    app,
    app.state.registry,
    lifespan="off",
    text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, problems.PROBLEM_MEDIA_TYPE],
)

if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    from digits import snapstart

    snapstart.register(app)

startup.finish()
