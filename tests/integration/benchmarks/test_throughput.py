"""HTTP throughput of test servers, and the reported error of those that fail."""

import json
import re
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks import environments
from benchmarks.errors import BenchmarkError
from benchmarks.http import throughput
from benchmarks.http.servers import Server
from tests.support.template import ROOT

SERVE = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(sys.argv[2])))
        self.end_headers()
        self.wfile.write(sys.argv[2].encode())
    def log_message(self, *what): pass
    wbufsize = -1
ThreadingHTTPServer.request_queue_size = 100
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
SEVEN = json.dumps({"digit": 7})


def make_server(name: str, code: str, *arguments: str) -> Server:
    return Server(name, name.capitalize(), "/predict", (sys.executable, "-c", code, "{port}", *arguments))


def measured(name: str, code: str, *arguments: str) -> list[dict[str, Any]]:
    # Server.command is a format string; these braces are code.
    escaped = [text.replace("{", "{{").replace("}", "}}") for text in (code, *arguments)]
    return throughput.measure({name: partial(make_server, name, *escaped)}, 1, 0.1)


@pytest.fixture(autouse=True)
def _short_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throughput, "WARM_UP", 0.05)


def test_server_is_measured_under_each_load() -> None:
    results = measured("good", SERVE, SEVEN)
    assert [(result["server"], result["side"], result["connections"]) for result in results] == [
        ("good", 28, 8),
        ("good", 280, 32),
    ]
    for result in results:
        assert result["errors"] == 0
        assert result["requests_per_second"]["median"] > 10
        assert 0 < result["p50"] <= result["p99"] < 10
        assert 0 < result["ready"] < 60
        assert result["resident"] > 1e6


def test_server_with_wrong_prediction_is_not_measured() -> None:
    (result,) = measured("wrong", SERVE, json.dumps({"digit": 1}))
    assert result["server"] == "wrong"
    assert result["fault"] == 'It does not classify the drawn seven as 7: {"digit": 1}'


def test_exited_server_is_reported_with_its_last_line() -> None:
    (result,) = measured("broken", "raise SystemExit('no license')")
    assert result == {"server": "broken", "title": "Broken", "fault": "It ended with 1: no license"}


def test_failed_installation_is_reported_and_the_others_are_measured(tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "requirements.txt").write_text("./missing.whl\n")

    def odd() -> Server:
        environments.install("odd", tmp_path, tmp_path / "environments")
        raise AssertionError

    servers, errors = throughput.prepare({"odd": odd, "good": partial(make_server, "good", SERVE, SEVEN)})
    assert [server.name for server in servers] == ["good"]
    assert errors["odd"]["server"] == "odd"
    assert errors["odd"]["fault"].startswith("It cannot be installed: ")
    assert "\n" not in errors["odd"]["fault"]


def test_current_environment_is_not_installed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("peers", "environments"):
        (tmp_path / folder / "odd").mkdir(parents=True)
        (tmp_path / folder / "odd" / "requirements.txt").write_text("odd==1\n")

    def fail(*command: object) -> None:
        raise AssertionError(command)

    monkeypatch.setattr(environments, "run", fail)
    assert environments.install("odd", tmp_path / "peers", tmp_path / "environments") == tmp_path / "environments/odd"


def test_missing_program_raises() -> None:
    with pytest.raises(BenchmarkError, match="It cannot be built: missing cannot be run"):
        environments.run("It cannot be built", "missing")


@pytest.mark.parametrize("peer", ["bentoml", "litserve", "tensorflow"])
def test_peer_pins_our_numpy_onnxruntime_and_pillow(peer: str) -> None:
    ours = pins(ROOT / "functions" / "requirements.txt")
    theirs = pins(environments.PEERS / peer / "requirements.txt")
    shared = {"numpy", "onnxruntime", "pillow"} & set(theirs)
    assert len(shared) == (2 if peer == "tensorflow" else 3)
    assert {name: theirs[name] for name in shared} == {name: ours[name] for name in shared}


def pins(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w-]+)==([^\s;]+)", file.read_text(), re.MULTILINE))
