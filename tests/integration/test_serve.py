"""serve.py: page, API and log on one port."""

import json
import logging
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from deploy.upload import TYPES
from server.command import SHUTDOWN_TIMEOUT
from server.log import JsonFormatter
from server.site import MODELS, PAGE, SECURITY_HEADERS, SWAGGER_UI, Files, site
from tests.support.site import SERVE, START_TIMEOUT, free_port, wait_for

ENCODINGS = ["gzip, deflate, br", "identity"]


def test_page_and_api_share_an_origin() -> None:
    client = TestClient(site)
    assert client.get("/").headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/api/health").json()["status"] == "ok"


def test_missing_file_returns_404() -> None:
    missing = TestClient(site).get("/nothing")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert "Content-Security-Policy" in missing.headers
    assert TestClient(site).post("/").status_code == 405


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "name",
    ["", "js/main.js", "style.css", "favicon.svg", "samples.png", "models/mlp.onnx", "swagger-ui/swagger-ui.css"],
)
def test_matching_etag_returns_304(name: str, encoding: str) -> None:
    client = TestClient(site, headers={"Accept-Encoding": encoding})
    first = client.get(f"/{name}")
    again = client.get(f"/{name}", headers={"If-None-Match": f'"another", W/{first.headers["etag"]}'})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    for response in (first, again):
        assert response.headers["cache-control"] == "no-cache"
        assert {name: response.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert again.headers.get("vary") == first.headers.get("vary")


def test_text_is_compressed_where_accepted() -> None:
    packed, plain = (
        TestClient(site, headers={"Accept-Encoding": encoding}).get("/js/main.js") for encoding in ENCODINGS
    )
    assert (packed.headers["content-encoding"], plain.headers.get("content-encoding")) == ("gzip", None)
    assert packed.content == plain.content == (PAGE / "js/main.js").read_bytes()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.headers["content-type"] == plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize("name", ["site.webmanifest", "favicon.ico", "touch-icon.png"])
def test_media_types_are_those_of_the_deployment(name: str) -> None:
    response = TestClient(site).get(f"/{name}")
    assert (response.status_code, response.headers["content-type"]) == (200, TYPES[Path(name).suffix])


def test_pictures_are_not_compressed() -> None:
    response = TestClient(site).get("/samples.png")
    assert ("content-encoding" in response.headers, response.content) == (False, (PAGE / "samples.png").read_bytes())


def test_etag_depends_on_content(tmp_path: Path) -> None:
    client, file = TestClient(Files(directory=tmp_path)), tmp_path / "words.js"
    etags = []
    for changed, text in enumerate(("one", "two", "one")):
        file.write_text(text)
        os.utime(file, (changed, changed))
        response = client.get("/words.js")
        etags.append(response.headers["etag"])
        assert response.text == text
    assert etags[0] == etags[2] != etags[1]


def test_only_the_browsers_model_files_are_served() -> None:
    client = TestClient(site)
    for name in ("mlp.onnx", "tree.onnx", "manifest.json"):
        assert client.get(f"/models/{name}").content == (MODELS / name).read_bytes()
    others = ("tree.explanation.onnx", "", "../app.py")
    assert [client.get(f"/models/{name}").status_code for name in others] == [404] * 3


@pytest.mark.parametrize(
    ("name", "kind"),
    [("swagger-ui-bundle.js", "text/javascript; charset=utf-8"), ("swagger-ui.css", "text/css; charset=utf-8")],
)
def test_swagger_ui_is_served_from_its_package(name: str, kind: str) -> None:
    response = TestClient(site).get(f"/swagger-ui/{name}")
    assert (response.status_code, response.headers["content-type"]) == (200, kind)
    assert response.headers["content-encoding"] == "gzip"
    assert response.content == (SWAGGER_UI / name).read_bytes()


@pytest.mark.parametrize("name", ["redoc.standalone.js", "", "../core.py"])
def test_other_files_of_the_package_return_404(name: str) -> None:
    assert TestClient(site).get(f"/swagger-ui/{name}").status_code == 404


def test_log_line_has_lambdas_format() -> None:
    record = logging.makeLogRecord(
        {"name": "digits", "msg": "%s", "args": ("text",), "levelname": "INFO", "created": 0}
    )
    record.__dict__ |= {"status": 200, "model": None}
    assert json.loads(JsonFormatter().format(record)) == {
        "timestamp": "1970-01-01T00:00:00Z",
        "level": "INFO",
        "message": "text",
        "logger": "digits",
        "status": 200,
    }


def test_log_has_each_line_of_a_traceback() -> None:
    try:
        raise ValueError("wrong")
    except ValueError:
        record = logging.makeLogRecord({"exc_info": sys.exc_info()})
    assert json.loads(JsonFormatter().format(record))["stackTrace"][-1] == "ValueError: wrong"


def test_incomplete_request_does_not_delay_shutdown() -> None:
    port = free_port()
    with subprocess.Popen([sys.executable, str(SERVE), "--port", str(port)], stdout=subprocess.DEVNULL) as server:
        wait_for(f"http://127.0.0.1:{port}", server)
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"POST /api/compare HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
            time.sleep(0.2)  # until it is read
            start = time.monotonic()
            server.terminate()
            server.wait(START_TIMEOUT)
    assert time.monotonic() - start < SHUTDOWN_TIMEOUT + 4
