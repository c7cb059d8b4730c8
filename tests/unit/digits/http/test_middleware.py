"""Log records and timing of requests, and the log lines that Lambda writes."""

import json
import logging
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from digits.app import app, create_app, handler
from digits.http import timing
from digits.http.middleware import MAX_QUERY
from tests.events import post
from tests.support import runtime_client
from tests.support.artifact import Artifact
from tests.support.emulator import emulator, shipped
from tests.unit.digits.test_api import DRAWING, PNG
from tests.unit.digits.test_app import Context, lambda_event

STEPS = {"decode", "normalize", "run"}


@pytest.fixture(name="log")
def _log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


@pytest.mark.parametrize(
    ("method", "path", "route", "endpoint", "model", "status", "steps"),
    [
        ("POST", "/api/predict/mlp", "/api/predict/{model}", "predict.predict", "mlp", 200, STEPS),
        ("POST", "/api/compare?x=1", "/api/compare", "predict.compare", "mlp,tree", 200, STEPS),
        ("POST", "/api/predict/", "/api/predict/", "original.predict_tree", "tree", 200, STEPS),
        ("POST", "/api/predict/forest", "/api/predict/{model}", "predict.predict", None, 404, set()),
        ("HEAD", "/api/models", "/api/models", "models.describe_models", None, 200, set()),
        ("GET", "/api/docs", "/api/docs", "documentation.swagger_ui", None, 200, set()),
        ("DELETE", "/api/health", "/api/health", "models.health", None, 405, set()),
        ("GET", "/api/my-name-is-ana", None, None, None, 404, set()),
    ],
)
def test_each_request_is_logged_in_one_line(
    log: pytest.LogCaptureFixture,
    method: str,
    path: str,
    route: str | None,
    endpoint: str | None,
    model: str | None,
    status: int,
    steps: set[str],
) -> None:
    response = TestClient(app).request(method, path, json=DRAWING)
    (record,) = (record for record in log.records if record.name == "digits")
    fields = record.__dict__
    assert record.getMessage() == f"{method} {route or 'unknown route'} {status}"
    assert (fields["route"], fields["model"], fields["status"]) == (route, model, status)
    assert fields["endpoint"] == (f"digits.routes.{endpoint}" if endpoint else None)
    assert fields["requestId"] == response.headers["x-request-id"]
    assert fields["milliseconds"].keys() == steps
    assert all(0 < spent < 1000 for spent in fields["milliseconds"].values())


def test_prediction_through_handler_logs_endpoint_and_lambda_request_id(log: pytest.LogCaptureFixture) -> None:
    assert handler(lambda_event("POST", "/api/predict/mlp", json.dumps(DRAWING)), Context())["statusCode"] == 200  # type: ignore[arg-type]
    (record,) = (record for record in log.records if record.name == "digits")
    assert record.__dict__["endpoint"] == "digits.routes.predict.predict"
    assert record.__dict__["requestId"] == "c0ffee"


def test_only_first_request_of_process_is_cold(log: pytest.LogCaptureFixture) -> None:
    application = create_app()
    application.openapi()  # its examples are requests: SnapStart makes them before the snapshot
    for _ in range(2):
        TestClient(application).get("/api/health")
    assert [record.__dict__["cold"] for record in log.records if record.name == "digits"] == [True, False]


def test_malformed_form_is_logged_in_one_line(log: pytest.LogCaptureFixture) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert TestClient(app).post("/api/predict/", content=b"ana", headers=headers).status_code == 400
    (record,) = (record for record in log.records if record.levelno >= logging.INFO and record.name != "httpx2")
    assert record.getMessage() == "POST /api/predict/ 400"


def test_rejected_query_is_logged_with_status(log: pytest.LogCaptureFixture) -> None:
    assert TestClient(app).get("/api/health?" + "x" * (MAX_QUERY + 1)).status_code == 414
    assert (log.records[-1].__dict__["status"], log.records[-1].__dict__["route"]) == (414, None)


def test_damaged_image_is_timed(log: pytest.LogCaptureFixture) -> None:
    TestClient(app).post("/api/predict/mlp", content=PNG[:100], headers={"Content-Type": "image/png"})
    assert log.records[-1].__dict__["milliseconds"].keys() == {"decode"}


def test_times_of_repeated_step_are_summed(monkeypatch: pytest.MonkeyPatch) -> None:
    request, ticks = Request({"type": "http", "milliseconds": {}}), iter((0, 1, 5, 7))
    monkeypatch.setattr(timing, "perf_counter", lambda: next(ticks))
    assert [timing.timed(request, "run", int, text) for text in ("1", "2")] == [1, 2]
    assert timing.server_timing(request.scope) == "run;dur=3000.000"


def test_level_warning_logs_no_requests(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    assert TestClient(app).get("/api/health").status_code == 200
    assert not caplog.records


@pytest.mark.slow
def test_lambda_writes_one_json_line_for_each_request(artifact: Artifact, tmp_path: Path) -> None:
    runtime_client.copy_to(tmp_path / "client")
    with emulator(shipped(artifact), tmp_path / "client", tmp_path / "log") as running:
        running.wait()
        status = running.invoke(post("/api/predict/mlp", json.dumps(DRAWING), "name=ana")).status
    written = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    (line,) = (line for line in lines if line.get("logger") == "digits")
    assert (status, line["status"], line["route"], line["model"]) == (200, 200, "/api/predict/{model}", "mlp")
    assert line["endpoint"] == "digits.routes.predict.predict"
    assert (line["level"], line["cold"]) == ("INFO", True)
    assert line["requestId"] in written
    assert line.keys() == {
        "timestamp",
        "level",
        "message",
        "logger",
        "requestId",
        "route",
        "endpoint",
        "model",
        "status",
        "cold",
        "milliseconds",
    }
    assert "ana" not in written
    assert DRAWING["drawing_data"][-50:] not in written


@pytest.mark.slow
def test_example_requests_of_openapi_document_are_not_logged(
    log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "openapi_schema", None)
    assert TestClient(app).get("/api/openapi.json").status_code == 200
    assert [record.__dict__["route"] for record in log.records if record.name == "digits"] == ["/api/openapi.json"]
