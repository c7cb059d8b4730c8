"""Fixture of `sam local start-api`."""

from collections.abc import Iterator

import pytest

from tests.support.artifact import Artifact
from tests.support.sam_local import sam


@pytest.fixture(scope="session")
def api(docker: None, artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of `sam local start-api`."""
    with sam.start_api(artifact, tmp_path_factory.mktemp("start-api") / "log") as url:
        yield url
