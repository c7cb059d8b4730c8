"""The endpoints come in; `api` goes out: a FastAPI application that describes them (OpenAPI 3.1) in `/api/docs`."""

from fastapi import FastAPI

from digits.endpoints import DOCUMENTATION, ENDPOINTS

MODEL = {"name": "model", "in": "path", "required": True, "schema": {"type": "string", "enum": ["mlp", "tree"]}}

api = FastAPI(
    title="digits",
    description="A drawing of a digit goes in; ten probabilities come out, or a problem (RFC 9457) that helps.",
    version="1.0.0",
    docs_url=DOCUMENTATION,
    openapi_url="/api/openapi.json",
    redoc_url=None,
)
for (method, path), endpoint in ENDPOINTS.items():
    described = {"parameters": [MODEL]} if "{model}" in path else {}
    api.add_api_route(path, endpoint, methods=[method], openapi_extra=described)
