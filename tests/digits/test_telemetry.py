"""The log of the application, as the standard logging module has it and as Lambda writes it."""

import json
import logging
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from digits import telemetry
from digits.app import app
from tests import runtime_client
from tests.artifact import Artifact
from tests.digits.test_api import DRAWING, PNG
from tests.emulator.emulator import emulator, shipped
from tests.events import post


@pytest.fixture(name="log")
def _log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


@pytest.mark.parametrize(
    ("method", "path", "route", "model", "status", "steps"),
    [
        ("POST", "/api/predict/mlp", "/api/predict/{model}", "mlp", 200, {"decode", "normalize", "run"}),
        ("POST", "/api/compare?x=1", "/api/compare", "mlp,tree", 200, {"decode", "normalize", "run"}),
        ("POST", "/api/predict/", "/api/predict/", "tree", 200, {"decode", "normalize", "run"}),
        ("POST", "/api/predict/forest", "/api/predict/{model}", None, 404, set()),
        ("GET", "/api/docs", "/api/docs", None, 200, set()),
        ("GET", "/api/my-name-is-ana", None, None, 404, set()),
    ],
)
def test_each_request_is_one_line(
    log: pytest.LogCaptureFixture, method: str, path: str, route: str, model: str, status: int, steps: set[str]
) -> None:
    answer = TestClient(app).request(method, path, json=DRAWING)
    (record,) = (record.__dict__ for record in log.records if record.name == "digits")
    assert (record["route"], record["model"], record["status"]) == (route, model, status)
    assert record["requestId"] == answer.headers["x-request-id"]
    assert record["milliseconds"].keys() == steps
    assert all(0 < spent < 1000 for spent in record["milliseconds"].values())


def test_a_damaged_image_is_timed_too(log: pytest.LogCaptureFixture) -> None:
    TestClient(app).post("/api/predict/mlp", content=PNG[:100], headers={"Content-Type": "image/png"})
    assert log.records[-1].__dict__["milliseconds"].keys() == {"decode"}


def test_a_step_that_is_taken_twice_counts_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    request, ticks = Request({"type": "http"}), iter((0, 1, 5, 7))
    telemetry.begin(request.scope, "id")
    monkeypatch.setattr(telemetry, "perf_counter", lambda: next(ticks))
    assert [telemetry.timed(request, "run", int, text) for text in ("1", "2")] == [1, 2]
    assert telemetry.server_timing(request.scope) == "run;dur=3000.000"


def test_nothing_is_written_where_nobody_asks(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    assert TestClient(app).get("/api/health").status_code == 200
    assert not caplog.records


def test_lambda_writes_each_request_as_one_line_of_json(artifact: Artifact, tmp_path: Path) -> None:
    runtime_client.copy_to(tmp_path / "client")
    with emulator(shipped(artifact), tmp_path / "client", tmp_path / "log") as running:
        running.wait()
        status = running.invoke(post("/api/predict/mlp", json.dumps(DRAWING), "name=ana")).status
    written = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    (line,) = (line for line in lines if line.get("logger") == "digits")
    assert (status, line["status"], line["route"], line["model"]) == (200, 200, "/api/predict/{model}", "mlp")
    assert line["level"] == "INFO"
    assert line["requestId"] in written
    assert line.keys() == {
        "timestamp",
        "level",
        "message",
        "logger",
        "requestId",
        "route",
        "model",
        "status",
        "milliseconds",
    }
    assert "ana" not in written
    assert DRAWING["drawing_data"][-50:] not in written
