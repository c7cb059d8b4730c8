"""The OpenAPI document: FastAPI's, with what every route has in common (errors, headers, HEAD) and with examples.

Routes declare what is theirs alone with `errors`, `link` and a request body; a new route needs nothing here.
"""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from digits.errors import AddressTooLong, DigitsError, Fault, MethodNotAllowed
from digits.http.body import FORMS, IMAGES, JSON
from digits.http.problems import PROBLEM_MEDIA_TYPE
from digits.schemas import Drawing, OriginalError, Problem

type Object = dict[str, Any]

EVERYWHERE = (MethodNotAllowed, AddressTooLong, Fault)  # errors of any route
HEADERS: Object = {
    "X-Request-Id": {"description": "Id of the request in the log.", "required": True, "schema": {"type": "string"}},
    "Server-Timing": {"description": "Milliseconds of each step.", "schema": {"type": "string"}},
    "Cache-Control": {"description": "Whether to cache.", "schema": {"type": "string"}},
    "ETag": {"description": "Changes with the models.", "required": True, "schema": {"type": "string"}},
    "Allow": {"description": "Methods of the route.", "required": True, "schema": {"type": "string"}},
    "Inference-Header-Content-Length": {
        "description": "Length of the JSON in front of the binary data, in bytes.",
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
    "A neural network and a decision tree classify drawn digits. Errors are problem details (RFC 9457) that say what "
    "to do; under `/api/v2` they have the Open Inference Protocol's format. Unknown fields and parameters are ignored. "
    "Every GET route supports HEAD; OPTIONS answers preflight requests of any site (CORS). "
    "The examples are answers of the application."
)


def errors(*kinds: type[DigitsError]) -> dict[int | str, Object]:
    """Declare which errors a route answers with, for its `responses`."""
    titles: dict[int | str, list[str]] = {}
    for kind in kinds:
        titles.setdefault(kind.status, []).append(kind.title)
    return {status: {"description": "; or: ".join(found)} for status, found in titles.items()}


def link(operation_id: str, description: str, **parameters: str) -> Object:
    """Link from an answer to another operation, its parameters taken from the answer."""
    return {"operationId": operation_id, "description": description, "parameters": parameters}


def json_body(schema_name: str, *media_types: str) -> Object:
    """Describe JSON by its schema, and by the same schema bodies of other types (forms)."""
    schema = {"schema": {"$ref": f"#/components/schemas/{schema_name}"}}
    return {media: dict(schema) for media in (*media_types, JSON)}


PICTURE_BODY: Object = {"required": True, "content": json_body("Drawing") | dict.fromkeys(IMAGES, BINARY)}
ORIGINAL_BODY: Object = {"content": json_body("Drawing", *FORMS) | dict.fromkeys(IMAGES, BINARY)}


def document(app: FastAPI) -> Object:
    """Describe every route of the application (OpenAPI 3.1). Made at the first call."""
    if app.openapi_schema is None:
        from digits.open_inference.request import InferenceRequest
        from digits.open_inference.schemas import InferenceError
        from digits.openapi.examples import add_error_examples, add_examples

        found = FastAPI.openapi(app)
        schemas = found["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's, where ours are problems
            schemas.pop(name, None)
        for model in (Drawing, Problem, OriginalError, InferenceError, InferenceRequest):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= {**schema.pop("$defs", {}), model.__name__: schema}
        responses: Object = {}
        found["components"]["responses"] = responses
        found["components"]["headers"] = HEADERS
        for operations in found["paths"].values():
            for operation in operations.values():
                _complete(operation, responses)
            if "get" in operations:
                operations["head"] = _without_body(operations["get"], responses)
        add_error_examples(app, responses)
        add_examples(app, found)
        app.openapi_schema = found
    return app.openapi_schema


def _complete(operation: Object, components: Object) -> None:
    """Add the errors of every route, each with the format of the route's tag, and headers."""
    declared = operation["responses"]
    for status, response in errors(*EVERYWHERE).items():
        declared[str(status)] = response
    for status, response in list(declared.items()):
        if response["description"] == "Validation Error":  # FastAPI's 422; ours is a 400
            del declared[status]
        elif int(status) >= 400:
            name = error_format(operation["tags"][0], int(status)).__name__ + status
            components.setdefault(name, _error_response(response["description"], name.removesuffix(status), status))
            declared[status] = {"$ref": f"#/components/responses/{name}"}
        else:
            names = ("X-Request-Id", "Cache-Control", *(("Server-Timing",) if "requestBody" in operation else ()))
            response["headers"] = _headers(*names) | response.get("headers", {})


def error_format(tag: str, status: int) -> type[BaseModel]:
    """The model of a route's errors: the original contract and the Open Inference Protocol have their own."""
    from digits.open_inference.schemas import InferenceError

    if tag == "inference":
        return InferenceError
    return OriginalError if tag == "original" and status not in {kind.status for kind in EVERYWHERE} else Problem


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
