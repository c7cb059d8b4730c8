"""The container image for AWS Lambda, behind the emulator that AWS puts into its base."""

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

PORT = 8080  # the emulator's, fixed in AWS's base
INVOCATIONS = "/2015-03-31/functions/function/invocations"
OWN = ("__pycache__", ".dist-info")  # compiled for another path; the installer's notes


@pytest.fixture(scope="module")
def function(lambda_image: str) -> Iterator[Container]:
    with container(lambda_image, PORT, "--tmpfs", "/tmp", path=INVOCATIONS) as running:
        yield running


@pytest.mark.parametrize("name", EVENTS)
def test_each_event_gets_the_answer_of_the_application_here(function: Container, name: str) -> None:
    event = EVENTS[name]
    client = lambda_client.client(invoke_at(function.url + INVOCATIONS))  # compares each answer
    path = f"{event['rawPath']}?{event['rawQueryString']}".rstrip("?")
    answer = client.post(path, content=event["body"], headers={"Content-Type": "application/json"})
    refused = {"empty_canvas": 422, "text_called_png": 422, "unknown_model": 404}
    assert answer.status_code == refused.get(name, 200)


def test_the_environment_is_the_templates(lambda_image: str) -> None:
    given = inspect(lambda_image)["Config"]["Env"]
    variables = resource("DigitsFunction")["Environment"]["Variables"]
    assert {f"{name}={value}" for name, value in variables.items()} <= set(given)


def test_it_holds_what_the_zip_holds(function: Container, artifact: Artifact) -> None:
    copied = subprocess.run(["docker", "cp", f"{function.id}:/var/task/.", "-"], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(copied.stdout)) as tar:
        there = {entry.name.removeprefix("./"): tar.extractfile(entry) for entry in tar if entry.isfile()}
        image = {name: file.read() for name, file in there.items() if file and not any(own in name for own in OWN)}
    files = (path for path in artifact.task.rglob("*") if path.is_file())
    built = {str(path.relative_to(artifact.task)): path.read_bytes() for path in files}
    zip = {name: data for name, data in built.items() if not any(own in name for own in OWN)}
    assert sorted(image) == sorted(zip)
    assert [name for name in zip if zip[name] != image[name]] == []
    assert sum(name.endswith(".pyc") for name in there) == sum(name.endswith(".pyc") for name in built)


def test_only_events_are_taken(function: Container) -> None:
    assert httpx2.get(function.url).status_code == 404
