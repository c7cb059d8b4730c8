"""The description of every route comes in; the whole document (OpenAPI 3.1) goes out."""

from functools import cache
from typing import Any

from digits import endpoints
from digits.inference import VERSION
from export.openapi import inference, routes, tensors
from export.openapi.operations import HEADERS, all_refusals, without_body
from export.openapi.schemas import SCHEMAS

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
