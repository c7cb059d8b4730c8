"""Fixtures and marks shared by all tests: the built artifact, the Lambda emulator, SAM local and Docker."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.support import runtime_client
from tests.support.artifact import Artifact, build
from tests.support.emulator import Emulator, emulator, executable, shipped
from tests.support.require import require
from tests.support.sam_local import base_image, sam

# A test with one of these fixtures gets the mark. Fixtures requested by name, as by the parameters of `client`, are
# not seen here: those parameters have marks of their own.
MARKS = {
    "docker": {"docker"},
    "browser": {"browser", "page"},
    "slow": {"docker", "browser", "page", "artifact", "function"},
}


SHARED_IMPORTS = tuple(
    f"tests/unit/{package}/" for package in ("benchmarks", "evaluation", "export", "report", "training")
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their fixtures, and assign each to the pytest-xdist worker of its group."""
    for item in items:
        needed = set(getattr(item, "fixturenames", ()))
        if item.nodeid.startswith("tests/browser/"):
            needed.add("browser")
        for mark, fixtures in MARKS.items():
            if needed & fixtures:
                item.add_marker(mark)
        if item.get_closest_marker("docker"):
            item.add_marker(pytest.mark.xdist_group("docker"))
        elif not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(group(item.nodeid)))


def group(test: str) -> str:
    """Return the tests that share a worker, as they share fixtures and imports: a file, or a folder of heavy ones."""
    file = test.partition("::")[0]
    return file.rpartition("/")[0] if file.startswith(SHARED_IMPORTS) else file


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A temporary folder that all pytest-xdist workers of a run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def artifact(shared_folder: Path) -> Artifact:
    """The built artifact. The first worker builds it, the others wait."""
    built = shared_folder / "built"
    with FileLock(shared_folder / "build.lock"):
        if not built.exists():
            build(shared_folder / "build")
            built.touch()
    return Artifact(shared_folder / "build")


@pytest.fixture(scope="session")
def function(artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The built artifact in the Lambda emulator."""
    require(executable().exists(), f"This SAM CLI has no {executable().name}", "make test")
    folder = tmp_path_factory.mktemp("emulator")
    runtime_client.copy_to(folder / "client")
    with emulator(shipped(artifact), folder / "client", folder / "log") as running:
        running.wait()
        yield running


@pytest.fixture(scope="session")
def docker() -> None:
    """A running Docker engine, with the base image of `sam local`."""
    require(shutil.which("docker") is not None, "There is no Docker on this machine", "apt-get install docker.io")
    info = subprocess.run(["docker", "info"], capture_output=True, text=True)
    if "permission denied" in info.stderr:
        require(False, "This user may not use the Docker engine", "sudo usermod -aG docker $USER, then log in again")
    require(info.returncode == 0, "The Docker engine does not run", "sudo dockerd >/tmp/dockerd.log 2>&1 &")
    base_image.ensure()


@pytest.fixture(scope="session")
def invocations(docker: None, artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The invocation URL of `sam local start-lambda`."""
    with sam.start_lambda(artifact, tmp_path_factory.mktemp("start-lambda") / "log") as url:
        yield url
