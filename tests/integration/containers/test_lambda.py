"""Container image for AWS Lambda, behind the emulator of its base image."""

import io
import subprocess
import tarfile
from collections.abc import Iterator

import httpx2
import pytest

from tests.events import EVENTS
from tests.support import lambda_client
from tests.support.artifact import Artifact
from tests.support.containers.engine import Container, container, inspect
from tests.support.lambda_client import invoke_at
from tests.support.template import resource

PORT = 8080  # fixed in AWS's base image
INVOCATIONS = "/2015-03-31/functions/function/invocations"
DIFFERENT = ("__pycache__", ".dist-info")  # compiled for another path; the installer's metadata


@pytest.fixture(scope="module")
def function(lambda_image: str) -> Iterator[Container]:
    with container(lambda_image, PORT, "--tmpfs", "/tmp", path=INVOCATIONS) as running:
        yield running


@pytest.mark.parametrize("name", EVENTS)
def test_event_gets_the_response_of_the_application(function: Container, name: str) -> None:
    event = EVENTS[name]
    client = lambda_client.client(invoke_at(function.url + INVOCATIONS))  # compares each response
    path = f"{event['rawPath']}?{event['rawQueryString']}".rstrip("?")
    response = client.post(path, content=event["body"], headers={"Content-Type": "application/json"})
    errors = {"empty_canvas": 422, "text_called_png": 422, "unknown_model": 404}
    assert response.status_code == errors.get(name, 200)


def test_environment_is_that_of_the_template(lambda_image: str) -> None:
    given = inspect(lambda_image)["Config"]["Env"]
    variables = resource("DigitsFunction")["Environment"]["Variables"]
    assert {f"{name}={value}" for name, value in variables.items()} <= set(given)


def test_image_has_the_files_of_the_zip(function: Container, artifact: Artifact) -> None:
    copied = subprocess.run(["docker", "cp", f"{function.id}:/var/task/.", "-"], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(copied.stdout)) as tar:
        there = {entry.name.removeprefix("./"): tar.extractfile(entry) for entry in tar if entry.isfile()}
        image = {
            name: file.read() for name, file in there.items() if file and not any(part in name for part in DIFFERENT)
        }
    files = (path for path in artifact.task.rglob("*") if path.is_file())
    built = {str(path.relative_to(artifact.task)): path.read_bytes() for path in files}
    zip = {name: data for name, data in built.items() if not any(part in name for part in DIFFERENT)}
    assert sorted(image) == sorted(zip)
    assert [name for name in zip if zip[name] != image[name]] == []
    assert sum(name.endswith(".pyc") for name in there) == sum(name.endswith(".pyc") for name in built)


def test_other_path_returns_404(function: Container) -> None:
    assert httpx2.get(function.url).status_code == 404
