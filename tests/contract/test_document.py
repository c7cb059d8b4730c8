"""The OpenAPI document: whole, valid, and as the application answers."""

import base64
import io
import json
import math
from collections.abc import Iterator
from typing import Any

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from jsonschema_rs import Draft202012Validator, meta
from PIL import Image
from schemathesis.specs.openapi.definitions import OPENAPI_31

from digits import inference
from digits.app import app
from digits.documentation import OPENAPI
from digits.endpoints import ENDPOINTS
from digits.errors import DigitsError
from export.openapi.__main__ import printed
from export.openapi.document import document
from tests.digits.test_api import _client  # noqa: F401  (the fixture `client`)

DOCUMENT = json.loads(OPENAPI.read_text())
OPERATIONS = [
    (path, method) for path, methods in DOCUMENT["paths"].items() for method in methods.keys() - {"parameters"}
]


def test_the_file_is_what_the_application_says_of_itself() -> None:
    assert alike(DOCUMENT, document()), "openapi.json is stale: run .venv/bin/python -m export.openapi"


def test_the_documentation_is_served(client: httpx2.Client) -> None:
    assert client.get("/api/openapi.json").json() == DOCUMENT
    page = client.get("/api/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_every_route_is_documented() -> None:
    routes = ENDPOINTS.keys() | inference.ENDPOINTS.keys()
    heads = {("HEAD", path) for method, path in routes if method == "GET"}
    assert {(method.upper(), path) for path, method in OPERATIONS} == routes | heads


def test_it_is_openapi_3_1() -> None:
    assert [error.message for error in Draft202012Validator(OPENAPI_31).iter_errors(DOCUMENT)] == []
    for schema in DOCUMENT["components"]["schemas"].values():
        meta.validate(schema)


def test_every_kind_of_problem_has_an_example() -> None:
    shown = {example["value"].get("type") for _, example in examples(DOCUMENT["components"]["responses"])}
    assert shown >= {error.type for error in DigitsError.__subclasses__()}


def test_every_example_is_as_its_schema_says() -> None:
    found = [*examples(DOCUMENT)]
    assert len(found) > len(OPERATIONS)
    for schema, example in found:
        whole = {**schema, "components": DOCUMENT["components"]}
        assert [error.message for error in Draft202012Validator(whole).iter_errors(example["value"])] == []


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_each_route_answers_as_its_example_says(path: str, method: str) -> None:
    """The first of the requests that are shown gets the first of the answers that are shown."""
    parameters = {item["name"]: item["example"] for item in DOCUMENT["paths"][path].get("parameters", [])}
    operation = DOCUMENT["paths"][path][method]
    asked = operation.get("requestBody", {}).get("content", {}).get("application/json")
    body = next(iter(asked["examples"].values()))["value"] if asked else None
    response = TestClient(app).request(method, path.format(**parameters), json=body)
    assert response.status_code == 200
    if method == "head":
        assert response.content == b""
    else:
        shown = operation["responses"]["200"]["content"]["application/json"]["examples"]
        assert alike(response.json(), next(iter(shown.values()))["value"])


def test_rows_of_numbers_stand_on_one_line() -> None:
    assert json.loads(printed()) == document()
    assert max(len(line.split()) for line in printed().splitlines()) > 28 * 28


def examples(part: Any) -> Iterator[tuple[Any, Any]]:
    """Walk the document to each example, with the schema beside it."""
    if isinstance(part, dict) and "schema" in part and isinstance(part.get("examples"), dict):
        yield from ((part["schema"], example) for example in part["examples"].values())
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from examples(inner)


def alike(left: Any, right: Any) -> bool:
    """Whether two documents are the same, but for what another processor or another zlib makes otherwise."""
    if isinstance(left, dict) and isinstance(right, dict):
        return [*left] == [*right] and all(alike(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(alike, left, right))
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-3, abs_tol=1e-4)
    if isinstance(left, str) and left.startswith("data:image/png") and isinstance(right, str):
        return np.array_equal(pixels(left), pixels(right))
    return bool(left == right)


def pixels(url: str) -> Any:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))
