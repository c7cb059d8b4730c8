"""Smoke test of a working and of a broken site."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from deploy import smoke
from deploy.smoke import committed_models
from tests.integration.deploy.conftest import Run


class BrokenSite:
    """Proxy of the site that returns a wrong response for one path."""

    def __init__(self, upstream: str, path: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
                if self.path == path:
                    status, headers, content = 200, {"Content-Type": "text/html"}, b'{"digit": 1}'
                else:
                    try:
                        with urlopen(Request(upstream + self.path, body, {"Content-Type": "image/png"})) as response:
                            status, headers, content = response.status, dict(response.headers), response.read()
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
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def broken(site: str, request: pytest.FixtureRequest) -> Iterator[str]:
    running = BrokenSite(site, request.param)
    yield running.url
    running.server.shutdown()
    running.server.server_close()


def results(capfd: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Return the reasons of the failed checks by name."""
    lines = [line.split(maxsplit=1) for line in capfd.readouterr().err.splitlines()]
    return dict(rest.split(": ", 1) for verdict, rest in lines if verdict == "failed")


def test_working_site_passes(site: str, run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("smoke", f"{site}/") == 0
    lines = [line.strip() for line in capfd.readouterr().err.splitlines()]
    assert lines == [f"passed  {name}" for name in ("page", "mlp", "tree", "compare", "bad input", "versions")]


@pytest.mark.parametrize(
    ("broken", "failed"),
    [
        ("/", {"page": "Content-Security-Policy is None, not default-src"}),
        ("/api/predict/mlp", {"mlp": "digit is 1, not 7", "bad input": "status is 200, not 422"}),
        ("/api/predict/tree", {"tree": "digit is 1, not 7"}),
        ("/api/compare", {"compare": "'predictions'"}),
        ("/api/models", {"versions": "'models'"}),
    ],
    indirect=["broken"],
)
def test_wrong_response_fails_its_check(broken: str, failed: dict[str, str], capfd: pytest.CaptureFixture[str]) -> None:
    assert not smoke.run_smoke_test(broken, committed_models(), timeout=0)
    reasons = results(capfd)
    assert reasons.keys() == failed.keys()
    for name, reason in failed.items():
        assert reasons[name].startswith(reason)


def test_wrong_model_version_fails(site: str, capfd: pytest.CaptureFixture[str]) -> None:
    other = committed_models() | {"tree": "0" * 64}
    assert not smoke.run_smoke_test(site, other, timeout=0)
    assert results(capfd)["versions"].startswith("models is {'mlp': '")
    assert smoke.run_smoke_test(site, None, timeout=0)


def test_failed_checks_are_retried(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = []

    def after_two(seconds: float) -> None:
        rounds.append(seconds)
        if len(rounds) == 2:
            monkeypatch.setattr(smoke, "send", send)

    send = smoke.send
    monkeypatch.setattr(smoke, "send", lambda url, picture=None: send("http://127.0.0.1:9"))
    monkeypatch.setattr("time.sleep", after_two)
    assert smoke.run_smoke_test(site, committed_models())
    assert rounds == [smoke.RETRY_INTERVAL, smoke.RETRY_INTERVAL]


def test_unreachable_site_fails_with_one_line_per_check(
    run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(smoke.run_smoke_test, "__defaults__", (0,))
    assert run("smoke", "http://127.0.0.1:9") == 1
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 7
    assert "Connection refused" in lines[0]
    assert lines[-1] == "http://127.0.0.1:9 failed the smoke test."
