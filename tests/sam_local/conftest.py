"""What `sam local` needs: a Docker engine, the image that the function runs in, and the API on a port."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.artifact import Artifact
from tests.require import require
from tests.sam_local import base_image, sam


@pytest.fixture(scope="session")
def docker() -> None:
    """A Docker engine that answers, with the image."""
    installed = shutil.which("docker") is not None
    require(installed, "There is no Docker on this machine", "apt-get install docker.io")
    answers = subprocess.run(["docker", "info"], capture_output=True).returncode == 0
    require(answers, "No Docker engine answers", "sudo dockerd >/tmp/dockerd.log 2>&1 &")
    base_image.ensure()


@pytest.fixture(scope="session")
def api(docker: None, artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `sam local start-api`."""
    with sam.start_api(artifact, tmp_path_factory.mktemp("start-api") / "log") as url:
        yield url
