"""Open Inference Protocol v2 over HTTP; test_tensors tests the tensors."""

import base64
import json
import logging
import shutil
import tomllib
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from digits.app import app
from digits.http.middleware import MAX_INFERENCE_BODY as MAX_BODY
from digits.preprocess import normalize
from digits.registry import BUNDLE, Bundle
from digits.routes.inference import JSON_SIZE, VERSION
from tests.support.pictures import seven
from tests.unit.digits.test_api import DRAWING, with_sam_local
from tests.unit.digits.test_api import _client as _client  # the fixture

bundle = app.state.registry.bundle

MODELS = ["mlp", "tree"]
PICTURE = normalize(seven())
BINARY_INPUT = {"name": "images", "datatype": "UINT8", "shape": [1, 28, 28]}
INPUT = {**BINARY_INPUT, "data": PICTURE.ravel().tolist()}
SEVEN = {"inputs": [INPUT]}
TENSORS = {
    "inputs": [{"name": "images", "datatype": "UINT8", "shape": [-1, 28, 28]}],
    "outputs": [
        {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]},
        {"name": "digit", "datatype": "INT64", "shape": [-1]},
    ],
}


def probabilities(model: str) -> list[float]:
    return bundle[model].probabilities(PICTURE[None])[0].tolist()  # type: ignore[no-any-return]


def assert_error(response: httpx2.Response, status: int, message: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert list(body) == ["error"]
    assert message in body["error"]


def test_server_metadata(client: httpx2.Client) -> None:
    response = client.get("/api/v2")
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {"name": "digits", "version": VERSION, "extensions": ["binary_tensor_data"]}


def test_server_version_equals_pyproject() -> None:
    assert tomllib.loads(Path("pyproject.toml").read_text())["project"]["version"] == VERSION


@pytest.mark.parametrize(("state", "expected"), [("live", {"live": True}), ("ready", {"live": True, "ready": True})])
def test_server_is_live_and_ready(client: httpx2.Client, state: str, expected: dict[str, bool]) -> None:
    response = client.get(f"/api/v2/health/{state}")
    assert (response.status_code, response.json()) == (200, expected)


@pytest.mark.parametrize("model", MODELS)
def test_model_metadata_and_readiness_with_and_without_version(client: httpx2.Client, model: str) -> None:
    version = bundle[model].entry["version"]
    for path in (f"/api/v2/models/{model}", f"/api/v2/models/{model}/versions/{version}"):
        described = {"name": model, "versions": [version], "platform": "onnx_onnxv1", **TENSORS}
        assert client.get(path).json() == described
        assert client.get(f"{path}/ready").json() == {"name": model, "ready": True}


@with_sam_local
@pytest.mark.parametrize("model", MODELS)
def test_infer_returns_the_probabilities_of_predict(client: httpx2.Client, model: str) -> None:
    version = bundle[model].entry["version"]
    predicted = client.post(f"/api/predict/{model}", json=DRAWING).json()
    for path in (f"/api/v2/models/{model}/infer", f"/api/v2/models/{model}/versions/{version}/infer"):
        response = client.post(path, json={**SEVEN, "id": "42"})
        assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
        assert response.headers["cache-control"] == "no-store"
        assert response.json() == {
            "model_name": model,
            "model_version": version,
            "id": "42",
            "outputs": [
                {"name": "probabilities", "datatype": "FP32", "shape": [1, 10], "data": predicted["probabilities"]},
                {"name": "digit", "datatype": "INT64", "shape": [1], "data": [7]},
            ],
        }


def test_log_line_has_route_model_and_steps(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "digits")
    path = f"/api/v2/models/mlp/versions/{bundle['mlp'].entry['version']}/infer"
    timing = TestClient(app).post(path, json=SEVEN).headers["server-timing"]
    assert [step.partition(";")[0] for step in timing.split(", ")] == ["decode", "run"]
    record = caplog.records[-1].__dict__
    assert record["route"] == "/api/v2/models/{model}/versions/{version}/infer"
    assert (record["model"], record["milliseconds"].keys()) == ("mlp", {"decode", "run"})


def test_id_is_returned_only_if_sent(client: httpx2.Client) -> None:
    assert "id" not in client.post("/api/v2/models/mlp/infer", json=SEVEN).json()
    assert client.post("/api/v2/models/mlp/infer", json={**SEVEN, "id": ""}).json()["id"] == ""


def test_lone_surrogate_in_id_returns_400(client: httpx2.Client) -> None:
    content = json.dumps({**SEVEN, "id": "\ud800"}).encode()
    response = client.post("/api/v2/models/mlp/infer", content=content)
    assert_error(response, 400, "id: Input should be a valid string, unable to parse raw data as a unicode string.")


def test_lone_surrogate_in_parameter_name_is_ignored(client: httpx2.Client) -> None:
    content = json.dumps({**SEVEN, "outputs": [{"name": "digit", "parameters": {"\ud800": 1}}]}).encode()
    assert client.post("/api/v2/models/mlp/infer", content=content).json()["outputs"][0]["data"] == [7]


@pytest.mark.parametrize(("datatype", "ink"), [("UINT8", 1), ("FP32", 1), ("FP32", 0.5)])
def test_batch_with_ink_but_no_value_above_1_returns_400(client: httpx2.Client, datatype: str, ink: float) -> None:
    blank = {"name": "images", "datatype": datatype, "shape": [2, 28, 28], "data": [0] * 1568}
    assert client.post("/api/v2/models/mlp/infer", json={"inputs": [blank]}).json()["outputs"][1]["shape"] == [2]
    too_faint = {**blank, "data": [0] * 1567 + [ink]}
    response = client.post("/api/v2/models/mlp/infer", json={"inputs": [too_faint]})
    assert_error(response, 400, "No value of images is above 1. Send 0..255 instead of 0..1: multiply by 255.")


@pytest.mark.parametrize(
    "parameter", ["classification", "shared_memory_region", "shared_memory_byte_size", "shared_memory_offset"]
)
def test_unsupported_output_parameter_returns_400_with_its_name(client: httpx2.Client, parameter: str) -> None:
    outputs = [{"name": "digit"}, {"name": "probabilities", "parameters": {"binary_data": True, parameter: 3}}]
    response = client.post("/api/v2/models/mlp/infer", json={**SEVEN, "outputs": outputs})
    assert_error(response, 400, f"outputs.1.parameters: {parameter} is not supported: leave it out.")


@pytest.mark.parametrize("media", [None, "application/json; charset=utf-8", "Application/Octet-Stream"])
def test_media_types_of_the_protocol_are_accepted(client: httpx2.Client, media: str | None) -> None:
    headers = {"Content-Type": media} if media else {}
    response = client.post("/api/v2/models/mlp/infer", content=json.dumps(SEVEN).encode(), headers=headers)
    assert response.json()["outputs"][1]["data"] == [7]


@with_sam_local
def test_binary_tensors_in_request_and_response(client: httpx2.Client) -> None:
    text = json.dumps(
        {
            "parameters": {"binary_data_output": True},
            "inputs": [{**BINARY_INPUT, "parameters": {"binary_data_size": 784}}],
            "outputs": [{"name": "digit", "parameters": {"binary_data": False}}, {"name": "probabilities"}],
        }
    )
    headers = {"Content-Type": "application/octet-stream", JSON_SIZE: str(len(text))}
    response = client.post("/api/v2/models/mlp/infer", content=text.encode() + PICTURE.tobytes(), headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/octet-stream")
    assert response.headers["cache-control"] == "no-store"
    size = int(response.headers[JSON_SIZE])
    assert json.loads(response.content[:size])["outputs"] == [
        {"name": "digit", "datatype": "INT64", "shape": [1], "data": [7]},
        {"name": "probabilities", "datatype": "FP32", "shape": [1, 10], "parameters": {"binary_data_size": 40}},
    ]
    assert np.frombuffer(response.content[size:], "<f4").tolist() == probabilities("mlp")


@with_sam_local
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.slow
def test_full_batch_with_long_decimals_returns_outputs_in_order(client: httpx2.Client, model: str) -> None:
    images = np.random.default_rng(0).uniform(0, 255, (256, 28, 28)).astype(np.float32)
    tensor = {"name": "images", "datatype": "FP32", "shape": [256, 28, 28], "data": images.tolist()}
    body = client.post(f"/api/v2/models/{model}/infer", json={"inputs": [tensor]}).json()
    expected = bundle[model].probabilities(np.rint(images).astype(np.uint8))
    assert body["outputs"][0]["data"] == expected.ravel().tolist()
    assert body["outputs"][1]["data"] == expected.argmax(1).tolist()


def test_largest_body_fits_into_lambda_event() -> None:
    assert len(base64.b64encode(bytes(MAX_BODY))) < 6_000_000


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/models/forest", 404, "Use mlp or tree"),
        ("GET", "/models/forest/ready", 404, "Use mlp or tree"),
        ("POST", "/models/forest/infer", 404, "Use mlp or tree"),
        ("GET", "/models/mlp/versions/1", 404, f"Use {bundle['mlp'].entry['version']}"),
        ("GET", "/models/mlp/versions/1/ready", 404, "or leave the version out"),
        ("POST", "/models/mlp/versions/1/infer", 404, "or leave the version out"),
        ("GET", "/models", 404, "/api/docs"),
        ("GET", "/models/mlp/infer", 405, "/api/docs"),
        ("POST", "", 405, "/api/docs"),
    ],
)
def test_unknown_model_version_route_or_method_returns_error(
    client: httpx2.Client, method: str, path: str, status: int, message: str
) -> None:
    assert_error(client.request(method, f"/api/v2{path}"), status, message)


@pytest.mark.parametrize(
    ("content", "headers", "status", "message"),
    [
        (b"", {}, 400, "not JSON"),
        (b"[" * 100_000, {}, 400, "recursion"),
        (b'{"inputs": NaN}', {}, 400, "NaN is not a number"),
        (b'{"id": "1", "id": "2"}', {}, 400, "a name occurs twice"),
        (b"[]", {}, 400, 'should be a JSON object. Send {"inputs"'),
        (b"{}", {}, 400, 'inputs: Field required. Send {"inputs"'),
        (json.dumps(SEVEN).encode(), {"Content-Type": "image/png"}, 415, "application/octet-stream"),
        (json.dumps(SEVEN).encode(), {"Content-Encoding": "gzip"}, 415, "Content-Encoding is gzip"),
        (json.dumps(SEVEN).encode(), {JSON_SIZE: "7777"}, 400, f"{JSON_SIZE} exceeds the body"),
        *((b"{}", {JSON_SIZE: size}, 400, f"{JSON_SIZE}: ") for size in ("", "-1", "1.5", "ten", "9" * 5_000)),
        (b" " * (MAX_BODY + 1), {}, 413, "larger than"),
    ],
)
def test_bad_request_returns_error_and_next_request_succeeds(
    client: httpx2.Client, content: bytes, headers: dict[str, str], status: int, message: str
) -> None:
    assert_error(client.post("/api/v2/models/mlp/infer", content=content, headers=headers), status, message)
    assert client.post("/api/v2/models/mlp/infer", json=SEVEN).json()["outputs"][1]["data"] == [7]


def test_damaged_model_is_not_ready_and_other_model_is_served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BUNDLE, tmp_path / "models"))
    (folder / "tree.onnx").write_bytes(b"")
    monkeypatch.setattr(app.state.registry, "bundle", Bundle(folder))
    client = TestClient(app)
    for path in ("/health/ready", "/models/tree", "/models/tree/ready"):
        assert_error(client.get(f"/api/v2{path}"), 503, "models/tree.onnx")
    assert_error(client.post("/api/v2/models/tree/infer", json=SEVEN), 503, "models/tree.onnx")
    for path in ("/health/live", "/models/mlp/ready"):
        assert client.get(f"/api/v2{path}").status_code == 200
    assert client.post("/api/v2/models/mlp/infer", json=SEVEN).json()["outputs"][1]["data"] == [7]


@pytest.mark.parametrize("model", MODELS)
def test_metadata_matches_the_onnx_graph(model: str) -> None:
    datatypes = {"tensor(uint8)": "UINT8", "tensor(float)": "FP32"}

    def described(tensor: Any) -> dict[str, Any]:
        return {"name": tensor.name, "datatype": datatypes[tensor.type], "shape": [-1, *tensor.shape[1:]]}

    session = bundle[model].session
    assert [described(tensor) for tensor in session.get_inputs()] == TENSORS["inputs"]
    assert described(session.get_outputs()[0]) == TENSORS["outputs"][0]
