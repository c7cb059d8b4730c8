"""Container images of the Dockerfile, on the real base images or on local ones."""

from collections.abc import Iterator

import pytest

from tests.support.containers.base_images import bases
from tests.support.containers.engine import Container, build, container

PORT = 8123  # not the image's default


@pytest.fixture(scope="session")
def base_images(docker: None) -> Iterator[None]:
    with bases():
        yield


@pytest.fixture(scope="session")
def web_image(base_images: None) -> str:
    build("digits.tests/web", "web")
    return "digits.tests/web"


@pytest.fixture(scope="session")
def lambda_image(base_images: None) -> str:
    build("digits.tests/lambda", "lambda")
    return "digits.tests/lambda"


@pytest.fixture
def web(web_image: str) -> Iterator[Container]:
    """The web container, on a port that the host chose."""
    with container(web_image, PORT, "--env", f"PORT={PORT}") as running:
        yield running
