"""Web container: page and API, as an arbitrary user on a read-only file system."""

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from export.registry.s3 import Store
from server.site import SECURITY_HEADERS
from tests import events
from tests.integration.containers.conftest import PORT
from tests.support.containers.engine import Container, build, container, inspect
from tests.support.local_base_image import docker
from tests.support.pictures import data_url
from tests.support.reload_stress.variants import variant
from tests.support.s3 import ENVIRONMENT, s3
from tests.support.site import free_port
from tests.support.template import ROOT

MAX_SIZE = 150_000_000  # bytes on top of the base image; packages take 115 MB
LIST_FILES = """
import json, os
from importlib.metadata import distributions

files = [os.path.join(folder, name) for folder, _, names in os.walk(".") for name in names]
compiled = {name.replace("__pycache__/", "").replace(".cpython-313.", ".") for name in files}
uncompiled = [name for name in files if name.endswith(".py") and name + "c" not in compiled]
packages = sorted(found.name.replace("_", "-") for found in distributions(path=["functions"]))
print(json.dumps([sorted(os.listdir(".")), packages, uncompiled]))
"""
NOT_BUILT = shutil.ignore_patterns(".[!d]*", "__pycache__", "artifacts", "docs", "export", "tests", "training")
SERVE = {"uvicorn", "uvloop", "httptools", "click", "h11", "fastapi-offline"}  # needed by serve.py only


def pins(file: Path) -> set[str]:
    return {line.split("==")[0] for line in file.read_text().splitlines() if "==" in line}


@pytest.mark.parametrize(
    "path", ["/", "/js/main.js", "/report.html", "/serving.html", "/models/mlp.onnx", "/swagger-ui/swagger-ui.css"]
)
def test_page_is_served(web: Container, path: str) -> None:
    response = httpx2.get(web.url + path)
    assert response.status_code == 200
    assert {name: response.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_both_models_classify(web: Container) -> None:
    response = httpx2.post(f"{web.url}/api/compare", json={"drawing_data": data_url(events.SEVEN)}).json()
    assert {each["model"]: each["digit"] for each in response["predictions"]} == {"mlp": 7, "tree": 7}
    web.stop(timeout=2)  # the log is then complete
    assert [json.loads(line)["status"] for line in web.log().splitlines() if "/api/compare" in line] == [200]


def test_api_docs_are_served(web: Container) -> None:
    assert httpx2.get(f"{web.url}/api/docs").status_code == 200  # imports modules of its own


def test_malformed_image_returns_422_problem(web: Container) -> None:
    response = httpx2.post(f"{web.url}/api/predict/mlp", json={"drawing_data": data_url(b"This is a text.")})
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")


def test_health_check_uses_the_port(web: Container, web_image: str) -> None:
    kind, *command = inspect(web_image)["Config"]["Healthcheck"]["Test"]
    assert kind == "CMD"
    assert web.run(*command).returncode == 0
    assert web.run(*command, PORT="9").returncode != 0


def test_models_are_loaded_from_s3(web_image: str, tmp_path: Path) -> None:
    port = free_port()
    with s3() as running:
        running.bucket("models")
        version = Store("s3://models/here").publish(variant(tmp_path / "bundle", 1), lambda _: None)
        given = ENVIRONMENT | {"AWS_ENDPOINT_URL": running.url, "MODEL_URI": "s3://models/here", "PORT": str(port)}
        settings = [part for name, value in given.items() for part in ("--env", f"{name}={value}")]
        with container(web_image, port, "--network", "host", "--tmpfs", "/tmp", *settings) as reloaded:
            assert httpx2.get(f"{reloaded.url}/api/models").json()["bundle"] == version
            assert '"level": "WARNING"' not in reloaded.log()


def test_stop_is_immediate_and_clean(web: Container) -> None:
    address = urlsplit(web.url)
    with socket.create_connection(
        (address.hostname or "", address.port or 0)
    ) as idle:  # a persistent connection, as of browsers
        idle.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert idle.recv(12) == b"HTTP/1.1 200"
        assert web.stop(timeout=2) in (0, 143)
    assert "Traceback" not in web.log()


def test_image_has_only_compiled_serving_files(web: Container) -> None:
    listed = web.run("python", "-c", LIST_FILES)
    files, packages, uncompiled = json.loads(listed.stdout)
    assert files == ["__pycache__", "command_line.py", "frontend", "functions", "serve.py", "server"]
    assert set(packages) - SERVE <= pins(ROOT / "functions" / "requirements.txt")
    assert set(packages) >= SERVE
    assert uncompiled == []


def test_image_is_small(web_image: str, record_property: Callable[[str, object], None]) -> None:
    size = inspect(web_image)["Size"] - inspect("python:3.13-slim")["Size"]
    record_property("bytes on top of the base image", size)
    assert size < MAX_SIZE


def test_image_runs_as_unprivileged_user(web_image: str) -> None:
    assert inspect(web_image)["Config"]["User"] == "10001:10001"


@pytest.fixture
def changed(web_image: str, tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """An image of changed code, from a clone with a strict umask, and the output of its build."""
    shutil.copytree(ROOT, tmp_path, ignore=NOT_BUILT, dirs_exist_ok=True)
    with (tmp_path / "serve.py").open("a") as code:
        code.write("# changed\n")
    for entry in (
        tmp_path / "serve.py",
        tmp_path / "command_line.py",
        *(tmp_path / "server").rglob("*.py"),
        *(tmp_path / "frontend").rglob("*"),
        *(tmp_path / "functions/digits").rglob("*"),
    ):
        entry.chmod(0o700 if entry.is_dir() else 0o600)
    yield "digits.tests/changed", build("digits.tests/changed", "web", tmp_path)
    docker("image", "rm", "--force", "digits.tests/changed")


def test_changed_code_reuses_package_layers_and_is_readable(web_image: str, changed: tuple[str, list[str]]) -> None:
    image, printed = changed
    assert [line for line in printed if "Successfully installed" in line] == []
    before, after = (inspect(name)["RootFS"]["Layers"] for name in (web_image, image))
    # The last two layers: the code, and the bytecode of Python's library, which some bases have already.
    assert before[:-2] == after[:-2]
    assert before != after
    with container(image, PORT, "--env", f"PORT={PORT}") as running:
        assert httpx2.get(f"{running.url}/api/health").status_code == 200
