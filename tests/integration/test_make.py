"""Error messages of `make` and serve.py: one line with the remedy."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.make import make
from tests.support.site import copy_server
from tests.support.template import ROOT


def serve(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run a copy of serve.py that is expected to fail. Return its exit status and output."""
    command = [sys.executable, str(folder / "serve.py"), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "functions")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone, reduced to the files that `make run` needs."""
    for name in ("Makefile", "server/requirements.txt", "supply/uv.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_make_lists_every_target() -> None:
    status, lines = make(ROOT)
    listed = {line.split()[1] for line in lines}
    assert status == 0
    assert {
        "run",
        "test",
        "test-fast",
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


@pytest.mark.parametrize(
    ("given", "environment", "passed"),
    [((), {}, ""), (("ARCH=arm64",), {}, "Architecture=arm64"), ((), {"ARCH": "x86_64"}, "Architecture=x86_64")],
    ids=["not given", "argument", "environment"],
)
def test_deploy_passes_architecture_only_if_given(
    given: tuple[str, ...], environment: dict[str, str], passed: str
) -> None:
    status, lines = make(ROOT, "--dry-run", "deploy", "PARAMETERS=MemorySize=512", *given, **environment)
    assert status == 0
    assert " ".join(lines[-1].split()) == " ".join(
        filter(None, (".venv/bin/python -m deploy --env default", passed, "MemorySize=512"))
    )


def test_other_python_is_rejected_with_remedy(clone: Path) -> None:
    status, lines = make(clone, "run", "PYTHON=false")
    assert status != 0
    assert lines == [
        "Python 3.13 is needed and 'false' is another version: run 'uv python install 3.13' or 'pyenv install 3.13', "
        "then 'make PYTHON=/path/to/python3.13 run'."
    ]
    assert not (clone / ".venv").exists()


def test_offline_installation_is_one_line(clone: Path) -> None:
    offline = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    status, lines = make(clone, "run", f"PYTHON={sys.executable}", **offline)
    assert status != 0
    assert lines[0] == "Creating .venv ..."
    assert lines[1].startswith("Installing failed (offline?). The last line of .venv/install.log: ERROR: ")
    assert len(lines) == 2


def test_every_installation_requires_hashes(clone: Path) -> None:
    targets = (".venv/serve", ".venv/develop", ".venv/batch", ".venv/ray", ".venv/checkov/bin/checkov")
    for name in ("requirements.txt", "batch/requirements.txt", "supply/ray.txt", "supply/checkov.txt"):
        (clone / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    status, lines = make(clone, "--dry-run", *targets)
    installations = [line for line in lines if "pip install" in line]
    assert (status, len(installations)) == (0, 6)
    assert all("--require-hashes" in line for line in installations)


@pytest.mark.parametrize(
    ("parallel", "serial", "runs", "failed"),
    [(0, 0, 2, False), (5, 0, 2, False), (0, 5, 2, False), (1, 0, 2, True), (0, 1, 2, True), (2, 0, 1, True)],
)
def test_serial_tests_run_unless_the_parallel_ones_are_interrupted(
    clone: Path, parallel: int, serial: int, runs: int, failed: bool
) -> None:
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\necho "$@"\ncase "$*" in *"not serial"*) exit {parallel};; *) exit {serial};; esac\n')
    python.chmod(0o755)
    installed = (".venv/develop", ".venv/ray", ".venv/npm/node_modules/.package-lock.json", ".venv/checkov/bin/checkov")
    status, lines = make(clone, "test", *(part for name in installed for part in ("-o", name)))
    assert len([line for line in lines if line.startswith("-m pytest")]) == runs
    assert (status != 0) == failed


def test_port_in_use_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, output = serve(ROOT, "--port", str(port))
    assert status == 1
    assert output == f"Port {port} cannot be used (Address already in use). Choose another: make run PORT=8001\n"


def test_missing_page_is_one_line(tmp_path: Path) -> None:
    copy_server(tmp_path)
    status, output = serve(tmp_path)
    assert status == 1
    assert output == "frontend/index.html is missing. Restore it: git checkout frontend\n"


@pytest.mark.parametrize("target", ["deploy", "destroy"])
def test_missing_credentials_are_one_line(target: str) -> None:
    """Other preflight checks: tests/integration/deploy/test_preflight.py."""
    no_credentials = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    installed = ("-o", ".venv/develop")  # regardless of the checkout's file times
    status, lines = make(
        ROOT, target, *installed, AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true", **no_credentials
    )
    assert status != 0
    assert lines == [
        "No AWS credentials: run 'aws configure sso' and export AWS_PROFILE=..., "
        "or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    ]
