"""What several packages of tests share: the built artifact, and it running in the emulator and in SAM local."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.support import runtime_client
from tests.support.artifact import Artifact, build
from tests.support.emulator import Emulator, emulator, executable, shipped
from tests.support.require import require
from tests.support.sam_local import base_image, sam


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return build(tmp_path_factory.mktemp("build") / "build")


@pytest.fixture(scope="session")
def function(artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The built artifact in the emulator."""
    require(executable().exists(), f"This SAM CLI has no {executable().name}", "make test")
    folder = tmp_path_factory.mktemp("emulator")
    runtime_client.copy_to(folder / "client")
    with emulator(shipped(artifact), folder / "client", folder / "log") as running:
        running.wait()
        yield running


@pytest.fixture(scope="session")
def docker() -> None:
    """A Docker engine that answers, with the image of `sam local`."""
    installed = shutil.which("docker") is not None
    require(installed, "There is no Docker on this machine", "apt-get install docker.io")
    answers = subprocess.run(["docker", "info"], capture_output=True).returncode == 0
    require(answers, "No Docker engine answers", "sudo dockerd >/tmp/dockerd.log 2>&1 &")
    base_image.ensure()


@pytest.fixture(scope="session")
def invocations(docker: None, artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `sam local start-lambda`."""
    with sam.start_lambda(artifact, tmp_path_factory.mktemp("start-lambda") / "log") as url:
        yield url
