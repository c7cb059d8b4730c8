"""What only the application's own process shows: faults put into it, what it imports, the handler itself."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from digits import dependencies
from digits.app import app, handler
from digits.registry import BUNDLE, Bundle
from tests.digits.test_api import DRAWING, assert_problem


@pytest.fixture(name="client")
def _client() -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


def test_a_fault_of_ours_is_a_problem_without_a_traceback(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies, "normalize", lambda image: 1 / 0)
    assert_problem(client.post("/api/predict/mlp", json=DRAWING), 500, "X-Request-Id")


def test_health_names_the_damaged_file_and_the_other_model_serves(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(BUNDLE, tmp_path / "models"))
    (folder / "tree.onnx").write_bytes(b"")
    monkeypatch.setattr(app.state.registry, "bundle", Bundle(folder))
    assert_problem(client.get("/api/health"), 503, "models/tree.onnx")
    assert_problem(client.post("/api/predict/tree", json=DRAWING), 503, "models/tree.onnx")
    assert_problem(client.post("/api/compare", json=DRAWING), 503, "models/tree.onnx")
    assert client.post("/api/predict/mlp", json=DRAWING).json()["digit"] == 7


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


def test_lambda_gets_the_same_answer_under_its_own_id(client: TestClient) -> None:
    answer = handler(lambda_event("POST", "/api/predict/mlp", json.dumps(DRAWING)), Context())  # type: ignore[arg-type]
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, False)
    assert answer["headers"]["x-request-id"] == "c0ffee"
    assert json.loads(answer["body"]) == client.post("/api/predict/mlp", json=DRAWING).json()


def test_lambda_gets_problems_as_text() -> None:
    answer = handler(lambda_event("POST", "/api/predict/mlp", "{}"), Context())  # type: ignore[arg-type]
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (400, False)
    assert json.loads(answer["body"])["status"] == 400


def test_start_up_imports_neither_fastapi_nor_pydantic() -> None:
    listing = "import sys, digits.app; print({'fastapi', 'pydantic', 'PIL.ImageOps'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True).stdout == "set()\n"
