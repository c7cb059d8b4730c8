import base64
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from digits import endpoints
from digits.app import app, handler
from digits.body import MAX_BODY
from digits.classifier import BUNDLE, Bundle
from digits.drawing import normalize
from digits.endpoints import ENDPOINTS, bundle
from tests.pictures import data_url, encode, seven

PNG = encode(seven())
DRAWING = {"drawing_data": data_url(PNG)}


@pytest.fixture(name="client")
def _client() -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


def assert_problem(response: httpx2.Response, status: int, says: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"]
    problem = response.json()
    assert problem["status"] == status
    assert problem["type"]
    assert problem["title"]
    assert says in problem["detail"]


@pytest.mark.parametrize("model", ["mlp", "tree"])
def test_a_drawn_seven_is_a_seven(client: TestClient, model: str) -> None:
    response = client.post(f"/api/predict/{model}", json=DRAWING)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    answer = response.json()
    assert answer["model"] == model
    assert answer["version"] == bundle[model].entry["version"]
    assert answer["digit"] == 7
    assert np.argmax(answer["probabilities"]) == 7
    assert sum(answer["probabilities"]) == pytest.approx(1)
    shown = Image.open(io.BytesIO(base64.b64decode(answer["input"].removeprefix("data:image/png;base64,"))))
    np.testing.assert_array_equal(np.asarray(shown), normalize(seven()))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_the_image_itself_is_accepted(client: TestClient, format: str) -> None:
    headers = {"Content-Type": f"image/{format.lower()}"}
    response = client.post("/api/predict/mlp", content=encode(seven(), format), headers=headers)
    assert response.json()["digit"] == 7


def test_compare_answers_as_each_model_does(client: TestClient) -> None:
    compared = client.post("/api/compare", json=DRAWING).json()
    single = [client.post(f"/api/predict/{model}", json=DRAWING).json() for model in ("mlp", "tree")]
    assert {answer.pop("input") for answer in single} == {compared["input"]}
    assert compared["predictions"] == single


@pytest.mark.parametrize(
    ("content", "media", "status", "says"),
    [
        (b'{"drawing_data": "?"}', "application/json", 400, "not base64"),
        (b"{", "application/json", 400, "drawing_data"),
        (b"not an image", "image/png", 422, "not an image"),
        (PNG[: len(PNG) // 2], "image/png", 422, "cut off"),
        (encode(Image.new("L", (364, 364))), "image/png", 422, "empty"),
        (encode(Image.new("1", (20_000, 20_000))), "image/png", 413, "20000 x 20000"),
        (b"\0" * 10_000_000, "image/png", 413, "larger than"),
        (b"GIF89a", "image/gif", 415, "image/png"),
    ],
)
def test_bad_input_gets_a_problem_and_the_next_request_an_answer(
    client: TestClient, content: bytes, media: str, status: int, says: str
) -> None:
    for path in ("/api/predict/mlp", "/api/predict/tree", "/api/compare"):
        assert_problem(client.post(path, content=content, headers={"Content-Type": media}), status, says)
    assert client.post("/api/predict/mlp", json=DRAWING).json()["digit"] == 7


def test_a_body_too_large_is_refused_without_its_length(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(3):
            yield b"\0" * (MAX_BODY // 2)

    headers = {"Content-Type": "image/png"}
    assert_problem(client.post("/api/predict/mlp", content=chunks(), headers=headers), 413, "larger than")


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("POST", "/api/predict/forest", 404, "mlp or tree"),
        ("GET", "/api/models/forest", 404, "mlp or tree"),
        ("GET", "/api/nothing", 404, "/api/docs"),
        ("GET", "/api/predict/mlp", 405, "/api/docs"),
        ("DELETE", "/api/models", 405, "/api/docs"),
    ],
)
def test_unknown_routes_models_and_methods(client: TestClient, method: str, path: str, status: int, says: str) -> None:
    response = client.request(method, path)
    assert_problem(response, status, says)
    assert status != 405 or response.headers["allow"]


def test_a_fault_of_ours_is_a_problem_without_a_traceback(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "normalize", lambda image: 1 / 0)
    assert_problem(client.post("/api/predict/mlp", json=DRAWING), 500, "X-Request-Id")


def test_models_are_described_by_the_manifest(client: TestClient) -> None:
    entries = json.loads((BUNDLE / "manifest.json").read_text())["models"]
    assert client.get("/api/models").json() == {"models": list(entries.values())}
    assert client.get("/api/models/tree").json() == entries["tree"]


def test_descriptions_are_not_sent_twice(client: TestClient) -> None:
    for path in ("/api/models", "/api/models/mlp"):
        etag = client.get(path).headers["etag"]
        again = client.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_health_names_the_versions(client: TestClient) -> None:
    versions = {name: bundle[name].entry["version"] for name in ("mlp", "tree")}
    response = client.get("/api/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "models": versions})


def test_health_names_the_damaged_file_and_the_other_model_serves(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(BUNDLE, tmp_path / "models"))
    (folder / "tree.onnx").write_bytes(b"")
    monkeypatch.setattr(endpoints, "bundle", Bundle(folder))
    assert_problem(client.get("/api/health"), 503, "models/tree.onnx")
    assert_problem(client.post("/api/predict/tree", json=DRAWING), 503, "models/tree.onnx")
    assert_problem(client.post("/api/compare", json=DRAWING), 503, "models/tree.onnx")
    assert client.post("/api/predict/mlp", json=DRAWING).json()["digit"] == 7


@pytest.mark.parametrize(("path", "model"), [("/api/predict/", "tree"), ("/api/predict_nn/", "mlp")])
def test_the_original_contract(client: TestClient, path: str, model: str) -> None:
    url = data_url(encode(seven(28).convert("RGBA")))  # as the original page sent it
    expected = client.post(f"/api/predict/{model}", json={"drawing_data": url}).json()["probabilities"]
    for response in (
        client.post(path, params={"drawing_data": url}),
        client.post(f"{path}?drawing_data={url}"),  # as fetch() sends it: + is not quoted
        client.post(path, data={"drawing_data": url}),
        client.post(path, files={"drawing_data": (None, url)}),
        client.post(path, json={"drawing_data": url}),
    ):
        assert response.status_code == 200
        assert response.json() == {"result": 1, "error": "", "data": expected}


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("drawing_data=%3F", 400, "not base64"),
        ("drawing_data=", 400, "missing or empty"),
        ("", 415, "Content-Type"),
        (f"drawing_data={quote(data_url(b'hello'))}", 422, "not an image"),
        (f"drawing_data={quote(data_url(encode(Image.new('L', (28, 28)))))}", 422, "empty"),
    ],
)
def test_the_original_contract_tells_of_errors(client: TestClient, query: str, status: int, says: str) -> None:
    response = client.post(f"/api/predict/?{query}")
    answer = response.json()
    assert response.status_code == status
    assert (answer["result"], answer["data"]) == (0, [])
    assert says in answer["error"]


def test_other_sites_may_call(client: TestClient) -> None:
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    asked = client.options("/api/predict/mlp", headers=headers | {"Access-Control-Request-Headers": "content-type"})
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, "*")
    answered = client.post("/api/predict/mlp", json=DRAWING, headers=headers)
    assert answered.headers["access-control-allow-origin"] == "*"
    assert answered.headers["access-control-expose-headers"] == "X-Request-Id"


def test_each_answer_has_an_id_of_its_own(client: TestClient) -> None:
    assert len({client.get("/api/health").headers["x-request-id"] for _ in range(3)}) == 3


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


def test_every_route_is_documented(client: TestClient) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == set(ENDPOINTS)
    page = client.get("/api/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_start_up_imports_neither_fastapi_nor_pydantic() -> None:
    listing = "import sys, digits.app; print({'fastapi', 'pydantic', 'PIL.ImageOps'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True).stdout == "set()\n"
