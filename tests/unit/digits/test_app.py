"""Application in process: server errors, declared routes, Lambda handler."""

import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from PIL import Image
from starlette.types import Message
from starlette.websockets import WebSocketDisconnect

from digits import dependencies
from digits.app import app, create_app, handler
from digits.manifest import MANIFEST
from digits.preprocess import Picture, normalize
from digits.registry import BUNDLE, Bundle
from tests.support.coroutine import run
from tests.unit.digits.test_api import DRAWING, PNG, assert_problem


@pytest.fixture(name="client")
def _client() -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


def test_unexpected_exception_returns_500_without_traceback(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependencies, "normalize", lambda image: 1 / 0)
    assert_problem(client.post("/api/predict/mlp", json=DRAWING), 500, "X-Request-Id")


def test_damaged_model_returns_503_and_other_model_is_served(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(BUNDLE, tmp_path / "models"))
    (folder / "tree.onnx").write_bytes(b"")
    monkeypatch.setattr(app.state.registry, "bundle", Bundle(folder))
    assert_problem(client.get("/api/health"), 503, "models/tree.onnx")
    assert_problem(client.post("/api/predict/tree", json=DRAWING), 503, "models/tree.onnx")
    assert_problem(client.post("/api/compare", json=DRAWING), 503, "models/tree.onnx")
    assert client.post("/api/predict/mlp", json=DRAWING).json()["digit"] == 7


@pytest.mark.slow
def test_openapi_document_omits_examples_of_damaged_model(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BUNDLE, tmp_path / "models"))
    (folder / "tree.onnx").write_bytes(b"")
    own = create_app()
    own.state.registry.replace(Bundle(folder))
    document = own.openapi()
    predict = document["paths"]["/api/predict/{model}"]["post"]["responses"]["200"]["content"]["application/json"]
    assert {name.partition("-")[0] for name in predict["examples"]} == {"mlp"}
    assert own.openapi() is document


def test_websocket_is_rejected(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/models"):
        raise AssertionError("The application has no WebSocket")


def lambda_event(method: str, path: str, body: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": method, "path": path, "sourceIp": "127.0.0.1"}},
        "body": body,
        "isBase64Encoded": False,
    }


class Context:
    aws_request_id = "c0ffee"


def test_handler_returns_same_response_with_lambda_request_id(client: TestClient) -> None:
    response = handler(lambda_event("POST", "/api/predict/mlp", json.dumps(DRAWING)), Context())  # type: ignore[arg-type]
    assert (response["statusCode"], response["isBase64Encoded"]) == (200, False)
    assert response["headers"]["x-request-id"] == "c0ffee"
    assert json.loads(response["body"]) == client.post("/api/predict/mlp", json=DRAWING).json()


def test_handler_returns_problems_as_text() -> None:
    response = handler(lambda_event("POST", "/api/predict/mlp", "{}"), Context())  # type: ignore[arg-type]
    assert (response["statusCode"], response["isBase64Encoded"]) == (400, False)
    assert json.loads(response["body"])["status"] == 400


def test_handler_returns_head_without_body() -> None:
    response = handler(lambda_event("HEAD", "/api/models", ""), Context())  # type: ignore[arg-type]
    assert (response["statusCode"], response["body"]) == (200, "")
    assert int(response["headers"]["content-length"]) > 1000


def test_ping_loads_every_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.state.registry, "bundle", Bundle())
    assert handler({}, Context()) == {"warm": True}  # type: ignore[arg-type]
    assert app.state.registry.bundle.classifiers.keys() == {"mlp", "tree"}


def test_every_api_route_is_declared_to_fastapi() -> None:
    assert type(app) is FastAPI
    routes = [context.original_route for context in iter_route_contexts(app.routes)]
    undocumented = set()
    for route in routes:
        assert isinstance(route, APIRoute)
        if not route.include_in_schema:
            undocumented.add(route.path)
            continue
        assert route.path.startswith("/api")
        assert route.response_model or 200 in route.responses
        assert route.summary
        assert route.operation_id
    assert undocumented == {"/api/docs", "/api/openapi.json", "/predict/", "/predict_nn/"}
    operations = [route.operation_id for route in routes if isinstance(route, APIRoute) and route.include_in_schema]
    assert len(set(operations)) == len(operations)


def test_models_replaced_during_request_serve_the_next(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BUNDLE, tmp_path / "models"))
    manifest = json.loads((folder / MANIFEST).read_text())
    for entry in manifest["models"].values():
        entry["version"] = "0123456789ab"
    (folder / MANIFEST).write_text(json.dumps(manifest))
    own = create_app()
    client = TestClient(own)

    def normalize_and_replace(image: Image.Image) -> Picture:
        own.state.registry.replace(Bundle(folder))
        return normalize(image)

    def versions() -> list[str]:
        return [each["version"] for each in client.post("/api/compare", json=DRAWING).json()["predictions"]]

    committed = [entry["version"] for entry in json.loads((Path(BUNDLE) / MANIFEST).read_text())["models"].values()]
    monkeypatch.setattr(dependencies, "normalize", normalize_and_replace)
    assert versions() == committed
    assert versions() == ["0123456789ab"] * 2


@pytest.mark.parametrize(
    ("path", "media"), [("/api/compare", "image/png"), ("/api/predict/", "multipart/form-data; boundary=b")]
)
def test_closed_connection_is_logged_as_400(path: str, media: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "digits")
    headers = [(b"content-type", media.encode()), (b"content-length", b"1000")]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    received = iter(({"type": "http.request", "body": PNG[:100], "more_body": True}, {"type": "http.disconnect"}))

    async def receive() -> Message:
        return next(received)

    async def send(message: Message) -> None:
        return

    run(app(scope, receive, send))  # an exception would be logged by the server
    assert caplog.records[-1].__dict__["status"] == 400


@pytest.mark.slow
def test_lazy_modules_are_not_imported_at_startup() -> None:
    names = ("explain", "jpeg", "open_inference.request", "open_inference.tensors", "openapi.examples", "reload")
    lazy = {"PIL.WebPImagePlugin", "digits.snapstart", *(f"digits.{name}" for name in names)}
    listing = f"import sys, digits.app; print({lazy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True).stdout == "set()\n"
