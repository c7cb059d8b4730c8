"""OpenAPI document: FastAPI's, with the errors, headers and HEAD operations of every route, and examples.

Routes declare their own errors, links and request bodies with `errors`, `link` and `json_body`; a new route needs no
change here.
"""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from digits.errors import AddressTooLong, DigitsError, InternalError, MethodNotAllowed, WrongAddress
from digits.http.body import FORMS, IMAGES, JSON
from digits.http.problems import PROBLEM_MEDIA_TYPE
from digits.schemas import Drawing, OriginalError, Problem

type Object = dict[str, Any]

COMMON_ERRORS = (WrongAddress, MethodNotAllowed, AddressTooLong, InternalError)  # errors of any route
HEADERS: Object = {
    "X-Request-Id": {"description": "Id of the request in the log.", "required": True, "schema": {"type": "string"}},
    "Server-Timing": {"description": "Milliseconds of each step.", "schema": {"type": "string"}},
    "Cache-Control": {"description": "Whether to cache.", "schema": {"type": "string"}},
    "ETag": {"description": "Changes with the models.", "required": True, "schema": {"type": "string"}},
    "Allow": {"description": "Methods of the route.", "required": True, "schema": {"type": "string"}},
    "Inference-Header-Content-Length": {
        "description": "Length of the JSON before the binary data, in bytes.",
        "schema": {"type": "integer", "minimum": 0},
    },
}
BINARY = {"schema": {"type": "string", "format": "binary"}}
TAGS = [
    {"name": "drawings", "description": "A picture of one digit: any size, color and position."},
    {"name": "models", "description": "The models that are served."},
    {"name": "original", "description": "The contract of the original application."},
    {"name": "inference", "description": "Open Inference Protocol v2: images of 28x28 pixels, not preprocessed."},
    {"name": "head", "description": "HEAD: GET without the body."},
]
DESCRIPTION = (
    "A neural network and a decision tree classify drawn digits. Errors are problem details (RFC 9457) with what "
    "to do; under `/api/v2` they have the Open Inference Protocol's format. Unknown fields and parameters are ignored. "
    "Every GET route supports HEAD; OPTIONS handles preflight requests of any site (CORS). "
    "The examples are responses of the application."
)


def errors(*kinds: type[DigitsError]) -> dict[int | str, Object]:
    """Return the errors that a route may return, for its `responses`."""
    titles: dict[int | str, list[str]] = {}
    for kind in kinds:
        titles.setdefault(kind.status, []).append(kind.title)
    return {status: {"description": "; or: ".join(listed)} for status, listed in titles.items()}


def link(operation_id: str, description: str, **parameters: str) -> Object:
    """Return a link from a response to another operation, its parameters taken from the response."""
    return {"operationId": operation_id, "description": description, "parameters": parameters}


def json_body(schema_name: str, *media_types: str) -> Object:
    """Describe a JSON body, and bodies of other media types (forms), by their common schema."""
    schema = {"schema": {"$ref": f"#/components/schemas/{schema_name}"}}
    return {media: dict(schema) for media in (*media_types, JSON)}


PICTURE_BODY: Object = {"required": True, "content": json_body("Drawing") | dict.fromkeys(IMAGES, BINARY)}
ORIGINAL_BODY: Object = {"content": json_body("Drawing", *FORMS) | dict.fromkeys(IMAGES, BINARY)}


def document(app: FastAPI) -> Object:
    """Return the document (OpenAPI 3.1), built at the first call."""
    if app.openapi_schema is None:
        from digits.open_inference.request import InferenceRequest
        from digits.open_inference.schemas import InferenceError
        from digits.openapi.examples import add_error_examples, add_examples

        described = FastAPI.openapi(app)
        schemas = described["components"]["schemas"]
        for name in (
            "HTTPValidationError",
            "ValidationError",
        ):  # FastAPI's own formats of errors, which the API does not use
            schemas.pop(name, None)
        for model in (Drawing, Problem, OriginalError, InferenceError, InferenceRequest):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= {**schema.pop("$defs", {}), model.__name__: schema}
        responses: Object = {}
        described["components"]["responses"] = responses
        described["components"]["headers"] = HEADERS
        for operations in described["paths"].values():
            for operation in operations.values():
                _complete(operation, responses)
            if "get" in operations:
                operations["head"] = _without_body(operations["get"], responses)
        add_error_examples(app, responses)
        add_examples(app, described)
        app.openapi_schema = described
    return app.openapi_schema


def _complete(operation: Object, components: Object) -> None:
    """Add headers and the errors of every route, in the format of the route's tag."""
    declared = operation["responses"]
    for status, response in errors(*COMMON_ERRORS).items():
        declared[str(status)] = response
    for status, response in list(declared.items()):
        if response["description"] == "Validation Error":  # FastAPI's 422; this API returns 400
            del declared[status]
        elif int(status) >= 400:
            name = error_format(operation["tags"][0], int(status)).__name__ + status
            components.setdefault(name, _error_response(response["description"], name.removesuffix(status), status))
            declared[status] = {"$ref": f"#/components/responses/{name}"}
        else:
            names = ("X-Request-Id", "Cache-Control", *(("Server-Timing",) if "requestBody" in operation else ()))
            response["headers"] = _headers(*names) | response.get("headers", {})


def error_format(tag: str, status: int) -> type[BaseModel]:
    """Return the model of a route's errors: the original contract and the Open Inference Protocol have their own."""
    from digits.open_inference.schemas import InferenceError

    if tag == "inference":
        return InferenceError
    return OriginalError if tag == "original" and status not in {kind.status for kind in COMMON_ERRORS} else Problem


def _error_response(description: str, model: str, status: str) -> Object:
    media = PROBLEM_MEDIA_TYPE if model == Problem.__name__ else JSON
    names = ("X-Request-Id", "Cache-Control", *(("Allow",) if status == "405" else ()))
    content = {media: {"schema": {"$ref": f"#/components/schemas/{model}"}, "examples": {}}}
    return {"description": description, "headers": _headers(*names), "content": content}


def _headers(*names: str) -> Object:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _without_body(get: Object, components: Object) -> Object:
    """Describe HEAD: GET without the bodies and links."""
    responses = {}
    for status, response in get["responses"].items():
        whole = components[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
        responses[status] = {name: whole[name] for name in ("description", "headers")}
    return {**get, "operationId": f"{get['operationId']}Head", "tags": ["head"], "responses": responses}
