"""Error responses: problem details (RFC 9457), or the error format of the Open Inference Protocol."""

import json
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from digits.errors import DigitsError, MalformedRequest, MethodNotAllowed, UnknownRoute

PROBLEM_MEDIA_TYPE = "application/problem+json"
INFERENCE_PREFIX = "/api/v2"  # the Open Inference Protocol has an error format of its own
SEE_DOCUMENTATION = "/api/docs shows what to send."


def malformed_request(error: RequestValidationError | ValidationError, hint: str = SEE_DOCUMENTATION) -> DigitsError:
    """Convert the first validation error into a MalformedRequest: the field, the reason and a hint."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part not in ("query", "path", "header", "body"))
    message = "The body should be a JSON object" if first["type"] == "model_type" and not field else first["msg"]
    return MalformedRequest(f"{field + ': ' if field else ''}{message}. {hint}")


def problem_response(request: Request, error: DigitsError, headers: dict[str, str] | None = None) -> Response:
    """Return the error in the format of the route's protocol."""
    if f"{request.url.path}/".removeprefix(request.scope.get("root_path", "")).startswith(f"{INFERENCE_PREFIX}/"):
        return _json({"error": str(error)}, error.status, "application/json", headers)
    content = {"type": error.type, "title": error.title, "status": error.status, "detail": str(error)}
    return _json(content, error.status, PROBLEM_MEDIA_TYPE, headers)


async def handle_digits_error(request: Request, error: DigitsError) -> Response:
    return problem_response(request, error)


async def handle_validation_error(request: Request, error: RequestValidationError) -> Response:
    return problem_response(request, malformed_request(error))


async def handle_http_error(request: Request, error: HTTPException) -> Response:
    """Respond to an unknown route or method; `Allow` lists the methods of a known route in alphabetical order."""
    headers = dict(error.headers or {})
    if "Allow" in headers:
        methods = set(headers["Allow"].split(", "))
        headers["Allow"] = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
        if request.method == "OPTIONS":
            return Response(None, 204, headers)
    kind = MethodNotAllowed if error.status_code == MethodNotAllowed.status else UnknownRoute
    return problem_response(
        request, kind(f"{request.method} {request.url.path} is not a route of this API; /api/docs lists them."), headers
    )


async def handle_disconnect(request: Request, _: ClientDisconnect) -> Response:
    """Respond although the client has closed the connection: without a handler this is logged as an error."""
    return problem_response(request, MalformedRequest("The connection was closed within the body. Send all of it."))


HANDLERS: dict[Any, Any] = {
    ClientDisconnect: handle_disconnect,
    DigitsError: handle_digits_error,
    HTTPException: handle_http_error,
    RequestValidationError: handle_validation_error,
}


def _json(content: dict[str, Any], status: int, media_type: str, headers: dict[str, str] | None) -> Response:
    return Response(json.dumps(content), status, headers, media_type)
