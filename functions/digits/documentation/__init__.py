"""The description of every route comes in; `api` goes out: FastAPI, which shows it (OpenAPI 3.1) in `/api/docs`."""

from functools import cache
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from digits import endpoints
from digits.documentation import inference, routes, tensors
from digits.documentation.operations import HEADERS, all_refusals, without_body
from digits.documentation.schemas import SCHEMAS
from digits.endpoints import DOCUMENTATION
from digits.inference import VERSION

ABOUT = {
    "title": "digits",
    "version": VERSION,
    "summary": "A drawing of a digit goes in; ten probabilities come out.",
    "description": "A neural network and a decision tree read digits that people draw. "
    "What is wrong with a request is told by a problem (RFC 9457) that says what to do, and under `/api/v2` as the "
    "Open Inference Protocol has it. Fields and parameters that a route does not know are ignored. "
    "Every route with GET knows HEAD, too; OPTIONS answers for the pages of any site (CORS). "
    "The examples are what the application answers.",
    "license": {"name": "MIT", "identifier": "MIT"},
}
TAGS = [
    {"name": "drawings", "description": "Any picture of one digit: any size, colour and place."},
    {"name": "models", "description": "What answers."},
    {"name": "original", "description": "The contract of the application that this one replaces."},
    {"name": "inference", "description": "Open Inference Protocol v2: the models' own input, 28 x 28."},
    {"name": "headers", "description": "HEAD: each GET without the body."},
]


class Documented(FastAPI):
    """FastAPI with a document of its own."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.openapi()  # here a model that is missing makes a problem; inside FastAPI it would be a fault
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        return document()


@cache
def document() -> dict[str, Any]:
    """Describe every route, with what the application answers as examples. Raises ModelUnavailable."""
    endpoints.bundle.all()
    refusals = all_refusals()
    paths = routes.paths() | inference.paths()
    for methods in paths.values():
        if "get" in methods:
            methods["head"] = without_body(methods["get"], refusals)
    return {
        "openapi": "3.1.0",
        "info": ABOUT,
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": SCHEMAS | tensors.SCHEMAS, "responses": refusals, "headers": HEADERS},
        "tags": TAGS,
    }


api = Documented(docs_url=DOCUMENTATION, openapi_url="/api/openapi.json", redoc_url=None)
