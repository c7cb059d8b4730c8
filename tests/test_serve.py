"""The page and the API on one port, and the log of both."""

import json
import logging
import sys

from starlette.testclient import TestClient

from serve import Json, site


def test_the_page_and_the_api_share_an_address() -> None:
    client = TestClient(site)
    assert client.get("/").headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/api/health").json()["status"] == "ok"


def test_a_file_that_is_not_there_is_not_a_fault() -> None:
    missing = TestClient(site).get("/nothing")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert "Content-Security-Policy" in missing.headers
    assert TestClient(site).post("/").status_code == 405


def test_the_log_is_lambdas() -> None:
    record = logging.makeLogRecord(
        {"name": "digits", "msg": "%s", "args": ("said",), "levelname": "INFO", "created": 0}
    )
    record.__dict__ |= {"status": 200, "model": None}
    assert json.loads(Json().format(record)) == {
        "timestamp": "1970-01-01T00:00:00Z",
        "level": "INFO",
        "message": "said",
        "logger": "digits",
        "status": 200,
    }


def test_the_log_has_each_line_of_a_traceback() -> None:
    try:
        raise ValueError("wrong")
    except ValueError:
        record = logging.makeLogRecord({"exc_info": sys.exc_info()})
    assert json.loads(Json().format(record))["stackTrace"][-1] == "ValueError: wrong"
