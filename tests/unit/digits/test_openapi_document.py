"""OpenAPI document: every route, valid schemas, examples that match the responses."""

import base64
import io
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import numpy as np
import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from PIL import Image

from digits.app import app
from digits.errors import DigitsError
from export.document import DOCUMENT, formatted
from tests.unit.digits.test_api import _client  # noqa: F401  (the fixture `client`)

COMMITTED = json.loads(DOCUMENT.read_text())
OPERATIONS = [(path, method) for path, operations in COMMITTED["paths"].items() for method in operations]


def test_committed_document_equals_that_of_application() -> None:
    assert equal(COMMITTED, app.openapi()), f"{DOCUMENT} is stale: run .venv/bin/python -m export document"


def test_document_is_served(client: httpx2.Client) -> None:
    assert equal(client.get("/api/openapi.json").json(), COMMITTED)


def test_every_route_is_documented_with_head_for_each_get() -> None:
    routes = [route for route in iter_route_contexts(app.routes) if route.include_in_schema]
    documented = {(method, route.path) for route in routes for method in route.methods or ()}
    heads = {("HEAD", path) for method, path in documented if method == "GET"}
    assert len(documented) >= 16
    assert {(method.upper(), path) for path, method in OPERATIONS} == documented | heads


@pytest.mark.slow
def test_document_is_valid_openapi_3_1() -> None:
    from jsonschema_rs import Draft202012Validator, meta
    from schemathesis.specs.openapi.definitions import OPENAPI_31  # takes a second

    assert [error.message for error in Draft202012Validator(OPENAPI_31).iter_errors(COMMITTED)] == []
    for schema in COMMITTED["components"]["schemas"].values():
        meta.validate(schema)


def test_every_reference_resolves_and_every_component_is_used() -> None:
    components = {f"#/components/{kind}/{name}" for kind, named in COMMITTED["components"].items() for name in named}
    assert set(re.findall(r'"(#/components/[^"]+)"', json.dumps(COMMITTED))) == components


def test_every_kind_of_problem_has_an_example() -> None:
    kinds = {example["value"].get("type") for _, example in examples(COMMITTED["components"]["responses"])}
    assert kinds >= {error.type for error in DigitsError.__subclasses__()}


def test_every_example_matches_its_schema() -> None:
    from jsonschema_rs import Draft202012Validator

    every_example = [*examples(COMMITTED)]
    assert len(every_example) > len(OPERATIONS)
    for schema, example in every_example:
        whole = {**schema, "components": COMMITTED["components"]}
        assert [error.message for error in Draft202012Validator(whole).iter_errors(example["value"])] == []


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_first_example_request_returns_first_example_response(path: str, method: str) -> None:
    operation = COMMITTED["paths"][path][method]
    parameters = {
        parameter["name"]: parameter["example"]
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "path"
    }
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    body = next(iter(content["examples"].values()))["value"] if content else None
    response = TestClient(app).request(method, path.format(**parameters), json=body)
    assert response.status_code == 200
    if method == "head":
        assert response.content == b""
    else:
        shown = operation["responses"]["200"]["content"]["application/json"]["examples"]
        assert equal(response.json(), next(iter(shown.values()))["value"])


def test_arrays_of_numbers_are_on_one_line() -> None:
    assert json.loads(formatted()) == app.openapi()
    assert max(len(line.split()) for line in formatted().splitlines()) > 28 * 28


def examples(part: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each example with its schema."""
    if isinstance(part, dict) and "schema" in part and isinstance(part.get("examples"), dict):
        yield from ((part["schema"], example) for example in part["examples"].values())
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from examples(inner)


def equal(left: Any, right: Any) -> bool:
    """Compare documents: floats with a tolerance for other processors, PNGs by pixels (zlib versions differ)."""
    if isinstance(left, dict) and isinstance(right, dict):
        return [*left] == [*right] and all(equal(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-3, abs_tol=1e-4)
    if isinstance(left, str) and left.startswith("data:image/png") and isinstance(right, str):
        return np.array_equal(pixels(left), pixels(right))
    return bool(left == right)


def pixels(url: str) -> Any:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))
