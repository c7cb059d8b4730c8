"""`make run RELOAD=1`: pages reload after a change of a file, and the server after one of its code."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from server import live_reload
from server.live_reload import SCRIPT, VERSION
from server.site import PAGE, SECURITY_HEADERS
from server.site import site as served_site
from tests.support.site import ROOT, copy_server, free_port, wait_for

RESTART_TIMEOUT = 60  # seconds, on a busy machine; it takes two


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page of one file, instead of the real one."""
    (tmp_path / "index.html").write_text("<body>one</body>")
    monkeypatch.setattr(live_reload, "PAGE", tmp_path)
    return tmp_path


def test_version_changes_with_each_change_of_a_file(page: Path) -> None:
    versions = [live_reload.version()]
    os.utime(page / "index.html", (2e9, 2e9))
    versions.append(live_reload.version())
    (page / "style.css").write_text("")
    versions.append(live_reload.version())
    assert len(set(versions)) == 3
    assert live_reload.version() == versions[-1]


@pytest.mark.parametrize("path", ["/", "/index.html"])
def test_page_gets_the_script_of_its_version_and_is_not_stored(page: Path, path: str) -> None:
    response = TestClient(live_reload.site).get(path)
    assert response.text == f'<body>one<script type="module" src="{SCRIPT}?{live_reload.version()}"></script></body>'
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
    assert {name: response.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_script_compares_versions() -> None:
    client = TestClient(live_reload.site)
    script = client.get(SCRIPT)
    assert script.headers["content-type"].startswith("text/javascript")
    assert VERSION in script.text
    assert client.get(VERSION).text == live_reload.version()


def test_other_files_and_the_api_are_those_of_the_site() -> None:
    client = TestClient(live_reload.site)
    assert client.get("/js/main.js").content == (PAGE / "js" / "main.js").read_bytes()
    assert client.get("/api/health").json()["status"] == "ok"


def test_site_without_reload_has_no_script() -> None:
    client = TestClient(served_site)
    assert "live-reload" not in client.get("/").text
    assert client.get(VERSION).status_code == 404


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A copy of the site in a folder of its own, served with --reload, and its URL."""
    copy_server(tmp_path)
    shutil.copytree(ROOT / "functions" / "digits", tmp_path / "functions" / "digits")
    (tmp_path / "frontend").mkdir()
    (tmp_path / "frontend" / "index.html").write_text("<body></body>")
    port = free_port()
    command = [sys.executable, str(tmp_path / "serve.py"), "--reload", "--port", str(port)]
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "functions")}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as server:
        wait_for(f"http://127.0.0.1:{port}", server)
        yield tmp_path, f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["functions/digits/routes/documentation.py", "server/site.py"])
def test_change_of_python_restarts_the_server_with_the_new_code(copied: tuple[Path, str], name: str) -> None:
    folder, url = copied
    time.sleep(1)  # the first look at the files
    file = folder / name
    file.write_text(file.read_text().replace("/api/docs", "/api/other").replace("Referrer-Policy", "Other-Policy"))
    expected = {"server/site.py": ("/", "Other-Policy")}.get(name, ("/api/other", "X-Request-Id"))
    end = time.monotonic() + RESTART_TIMEOUT
    while time.monotonic() < end and not has_header(url + expected[0], expected[1]):
        time.sleep(0.1)
    assert has_header(url + expected[0], expected[1])


def has_header(url: str, name: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return name in response.headers and response.status == 200
    except OSError:
        return False
