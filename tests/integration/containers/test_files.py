"""Files that hosts read: Dockerfile, heroku.yml and Procfile."""

import os
import signal
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import httpx2
import pytest
import yaml  # type: ignore[import-untyped]

from tests import events
from tests.support.containers.base_images import LAMBDA, SLIM, dockerfile_bases
from tests.support.make import make
from tests.support.pictures import data_url
from tests.support.site import free_port, wait_for
from tests.support.template import ROOT

STOP_TIMEOUT = 5  # seconds from SIGTERM to the exit; hosts allow ten or more


def test_hadolint_has_no_finding() -> None:
    linted = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), "Dockerfile"], cwd=ROOT, capture_output=True, text=True
    )
    assert (linted.returncode, linted.stdout) == (0, "")


def test_base_images_are_those_of_the_tests() -> None:
    assert dockerfile_bases() == {SLIM, LAMBDA}


def test_heroku_builds_the_dockerfile() -> None:
    described = yaml.safe_load((ROOT / "heroku.yml").read_text())
    assert (ROOT / described["build"]["docker"]["web"]).is_file()


def test_missing_container_engine_is_one_line(tmp_path: Path) -> None:
    status, lines = make(ROOT, "image", PATH=str(tmp_path))
    assert (status != 0, lines) == (
        True,
        ["No container engine runs: start Docker or install Podman, then 'make image'."],
    )


def test_podman_builds_where_docker_does_not_run(tmp_path: Path) -> None:
    for name, script in (("docker", "exit 1"), ("podman", 'echo "$@"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    status, lines = make(ROOT, "image", PATH=str(tmp_path))
    assert (status, lines[0]) == (0, "build --pull --target web --tag digits .")


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Commands of a virtual environment with this one's packages, but without its path to this clone."""
    venv.create(tmp_path)
    target = tmp_path / "lib" / "python3.13" / "site-packages"
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if package.suffix != ".pth":
            (target / package.name).symlink_to(package)
    return tmp_path / "bin"


def test_procfile_serves_the_page_and_the_api(packages: Path) -> None:
    kind, line = (ROOT / "Procfile").read_text().strip().split(": ", 1)
    port = free_port()
    environment = {"PATH": f"{packages}:{os.environ['PATH']}", "PORT": str(port)}
    server = subprocess.Popen(
        ["sh", "-c", line], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, server)
        assert kind == "web"
        assert httpx2.get(url).status_code == 200
        response = httpx2.post(f"{url}/api/predict/tree", json={"drawing_data": data_url(events.SEVEN)})
        assert response.json()["digit"] == 7
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)  # as hosts do: the shell and its children
        status = server.wait(STOP_TIMEOUT)
    assert status in (0, -signal.SIGTERM)
