"""What several packages of tests share: the built artifact, built once."""

import pytest

from tests.artifact import Artifact, build


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return build(tmp_path_factory.mktemp("build") / "build")
