"""A site that is right passes; each way of being wrong is said, in a line."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from deploy import smoke
from deploy.smoke import manifest
from tests.integration.deploy.conftest import Run


class Broken:
    """A site before serve.py's that spoils one of its answers."""

    def __init__(self, behind: str, path: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
                if self.path == path:
                    status, headers, content = 200, {"Content-Type": "text/html"}, b'{"digit": 1}'
                else:
                    try:
                        with urlopen(Request(behind + self.path, body, {"Content-Type": "image/png"})) as answer:
                            status, headers, content = answer.status, dict(answer.headers), answer.read()
                    except HTTPError as error:
                        with error:
                            status, headers, content = error.code, dict(error.headers), error.read()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def broken(site: str, request: pytest.FixtureRequest) -> Iterator[str]:
    running = Broken(site, request.param)
    yield running.url
    running.server.shutdown()
    running.server.server_close()


def results(capfd: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What was found wrong, by the name of what was asked."""
    lines = [line.split(maxsplit=1) for line in capfd.readouterr().err.splitlines()]
    return dict(rest.split(": ", 1) for verdict, rest in lines if verdict == "wrong")


def test_the_site_is_right(site: str, run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("smoke", f"{site}/") == 0
    asked = [line.strip() for line in capfd.readouterr().err.splitlines()]
    assert asked == [f"right  {name}" for name in ("page", "network", "tree", "compare", "bad input", "versions")]


@pytest.mark.parametrize(
    ("broken", "wrong"),
    [
        ("/", {"page": "Content-Security-Policy is None, not default-src"}),
        ("/api/predict/mlp", {"network": "digit is 1, not 7", "bad input": "status is 200, not 422"}),
        ("/api/predict/tree", {"tree": "digit is 1, not 7"}),
        ("/api/compare", {"compare": "'predictions'"}),
        ("/api/models", {"versions": "'models'"}),
    ],
    indirect=["broken"],
)
def test_what_is_wrong_is_said(broken: str, wrong: dict[str, str], capfd: pytest.CaptureFixture[str]) -> None:
    assert not smoke.smoke(broken, manifest(), settling=0)
    found = results(capfd)
    assert found.keys() == wrong.keys()
    for name, reason in wrong.items():
        assert found[name].startswith(reason)


def test_another_model_than_the_deployed_one_is_wrong(site: str, capfd: pytest.CaptureFixture[str]) -> None:
    other = manifest() | {"tree": "0" * 64}
    assert not smoke.smoke(site, other, settling=0)
    assert results(capfd)["versions"].startswith("models is {'mlp': '")
    assert smoke.smoke(site, None, settling=0)


def test_a_site_that_settles_is_waited_for(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = []

    def after_two(seconds: float) -> None:
        rounds.append(seconds)
        if len(rounds) == 2:
            monkeypatch.setattr(smoke, "ask", whole)

    whole = smoke.ask
    monkeypatch.setattr(smoke, "ask", lambda address, picture=None: whole("http://127.0.0.1:9"))
    monkeypatch.setattr("time.sleep", after_two)
    assert smoke.smoke(site, manifest())
    assert rounds == [smoke.PAUSE, smoke.PAUSE]


def test_nobody_there_is_one_line_each(
    run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(smoke.smoke, "__defaults__", (0,))
    assert run("smoke", "http://127.0.0.1:9") == 1
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 7
    assert "Connection refused" in said[0]
    assert said[-1] == "http://127.0.0.1:9 does not answer as it has to."
