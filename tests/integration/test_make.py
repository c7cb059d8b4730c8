"""What `make` and serve.py say when something is missing: one line, and what to do."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.template import ROOT

MAKE = shutil.which("make") or "make"


def make(folder: Path, *arguments: str, **environment: str) -> tuple[int, list[str]]:
    """Run make, and return its exit status and what it printed, without make's own last words."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PIP_", "AWS_"))}
    command = [MAKE, "--no-print-directory", *arguments]
    done = subprocess.run(
        command, cwd=folder, env={**outside, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, [line for line in done.stdout.splitlines() if not line.startswith("make: ***")]


def serve(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run a copy of serve.py that is expected to give up, and return its exit status and what it printed."""
    command = [sys.executable, str(folder / "serve.py"), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "functions")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `make run` needs of a fresh clone."""
    for name in ("Makefile", "requirements.txt", "functions/requirements.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_make_alone_lists_every_target() -> None:
    status, lines = make(ROOT)
    listed = {line.split()[1] for line in lines}
    assert status == 0
    assert {
        "run",
        "test",
        "check",
        "models",
        "build",
        "invoke",
        "deploy",
        "destroy",
        "bench",
        "fuzz",
        "soak",
        "clean",
        "help",
    } <= listed


def test_another_python_is_refused_with_what_to_do(clone: Path) -> None:
    status, lines = make(clone, "run", "PYTHON=false")
    assert status != 0
    assert lines == [
        "Python 3.13 is needed and 'false' is not it: run 'uv python install 3.13' or 'pyenv install 3.13', "
        "then 'make PYTHON=/path/to/python3.13 run'."
    ]
    assert not (clone / ".venv").exists()


def test_no_network_is_one_line(clone: Path) -> None:
    offline = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    status, lines = make(clone, "run", f"PYTHON={sys.executable}", **offline)
    assert status != 0
    assert lines[0] == "Making .venv ..."
    assert lines[1].startswith("Installing failed (no network?). The last line of .venv/install.log: ERROR: ")
    assert len(lines) == 2


def test_port_in_use_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, said = serve(ROOT, "--port", str(port))
    assert status == 1
    assert said == f"Port {port} cannot be used (Address already in use). Choose another: make run PORT=8001\n"


def test_missing_page_is_one_line(tmp_path: Path) -> None:
    shutil.copy(ROOT / "serve.py", tmp_path)
    status, said = serve(tmp_path)
    assert status == 1
    assert said == "frontend/index.html is missing. Restore it: git checkout frontend\n"


@pytest.mark.parametrize("target", ["deploy", "destroy"])
def test_without_credentials_it_is_one_line(target: str) -> None:
    """tests/integration/deploy/test_preflight.py has what else can be missing."""
    nobody = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    installed = ("-o", ".venv/develop")  # whatever the times of a checkout's files are
    status, lines = make(
        ROOT, target, *installed, AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true", **nobody
    )
    assert status != 0
    assert lines == [
        "No AWS credentials: run 'aws configure sso' and export AWS_PROFILE=..., "
        "or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    ]
