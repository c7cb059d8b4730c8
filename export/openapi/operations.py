"""What a route answers, and how it refuses, comes in; its description goes out, in the words of OpenAPI 3.1."""

import json
from collections.abc import Mapping
from typing import Any

from digits.endpoints import INFERENCE
from digits.errors import (
    AddressTooLong,
    DigitsError,
    Fault,
    MethodNotAllowed,
    ModelUnavailable,
    NotAnImage,
    NothingDrawn,
    UnknownModel,
    UnknownRoute,
)
from export.openapi.examples import JSON, Answer, refusals
from export.openapi.shapes import ref, text

type Object = dict[str, Any]
type Errors = set[type[DigitsError]]

EVERYWHERE = (405, 414, 500)  # statuses that any route may answer
HEADERS: Object = {
    "X-Request-Id": {"description": "Names this answer in the log.", "required": True, "schema": text(minLength=1)},
    "Server-Timing": {"description": "Milliseconds in each step: decode, normalize, run.", "schema": text()},
    "Cache-Control": {"description": "Whether an answer may be kept.", "schema": text(enum=["no-store", "no-cache"])},
    "ETag": {"description": "Changes with the models alone.", "required": True, "schema": text(pattern='^".+"$')},
    "Allow": {"description": "The methods that the route knows.", "required": True, "schema": text(minLength=1)},
}
ROUTED: Errors = {UnknownModel, UnknownRoute, MethodNotAllowed, AddressTooLong, ModelUnavailable, Fault}
FORMS: dict[str, tuple[str, Errors]] = {  # of refusals: the schema, a route that refuses so, and what is told otherwise
    "Problem": ("/api/predict/{model}", set()),
    "OriginalRefusal": ("/api/predict/", ROUTED),
    "InferenceError": (f"{INFERENCE}/models/{{model}}/infer", {NotAnImage, NothingDrawn}),
}


def operation(
    name: str,
    tag: str,
    summary: str,
    schema: str,
    answers: dict[str, Answer],
    refused: dict[str, tuple[int, ...]],
    others: Object | None = None,
    links: Object | None = None,
    **rest: Any,
) -> Object:
    """Describe one method of a route. `refused` has statuses by the form in which they are told, `others` responses."""
    answered = response("Answered.", schema, answers) | ({"links": links} if links else {})
    refusals = {
        str(status): {"$ref": f"#/components/responses/{form}{status}"}
        for form, statuses in refused.items()
        for status in statuses
    }
    responses = {"200": answered, **(others or {}), **refusals}
    return {"operationId": name, "tags": [tag], "summary": summary, **rest, "responses": responses}


def parameter(name: str, place: str, schema: Object, **rest: Any) -> Object:
    """Describe a parameter; it has to be there if its place is the path."""
    return {"name": name, "in": place, "required": place == "path", "schema": schema, **rest}


def link(operation: str, description: str, **parameters: str) -> Object:
    return {"operationId": operation, "description": description, "parameters": parameters}


def response(description: str, schema: str, answers: dict[str, Answer]) -> Object:
    """Describe an answer by its schema, and by what was answered."""
    first = next(iter(answers.values()), Answer(200, {"content-type": JSON, "x-request-id": ""}, b""))
    content = shown(schema, {name: json.loads(answer.body) for name, answer in answers.items()})
    return {"description": description, "headers": headers(first), "content": {first.headers["content-type"]: content}}


def shown(schema: str, values: Mapping[str, Any]) -> Object:
    """Describe JSON by its schema and by examples."""
    return {"schema": ref(schema), "examples": {name: {"value": value} for name, value in values.items()}}


def headers(answer: Answer) -> Object:
    """Describe those headers that an answer has."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS if name.lower() in answer.headers}


def without_body(get: Object, refusals: Object) -> Object:
    """Describe HEAD from GET: the same, but for the bodies."""
    bare = {}
    for status, described in get["responses"].items():
        whole = refusals[described["$ref"].rpartition("/")[2]] if "$ref" in described else described
        bare[status] = {name: whole[name] for name in ("description", "headers")}
    return {**get, "operationId": f"{get['operationId']}Head", "tags": ["headers"], "responses": bare}


def all_refusals() -> Object:
    """Describe every way in which the API refuses, with what it answers then, by form and status."""
    described = {}
    for form, (path, others) in FORMS.items():
        errors = [error for error in DigitsError.__subclasses__() if error not in others]
        for status, answers in refusals(path, errors).items():
            titles = [error.title for error in errors if error.status == status]
            described[f"{form}{status}"] = response("; or: ".join(titles), form, answers)
    described["OriginalRefusal503"] = response(ModelUnavailable.title, "OriginalRefusal", {})
    return described
