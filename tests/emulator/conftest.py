"""The built artifact in the emulator, started once for all tests."""

from collections.abc import Iterator

import pytest

from tests import runtime_client
from tests.artifact import Artifact
from tests.emulator.emulator import Emulator, emulator, executable, shipped
from tests.require import require


@pytest.fixture(scope="session")
def function(artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    require(executable().exists(), f"This SAM CLI has no {executable().name}", "make test")
    folder = tmp_path_factory.mktemp("emulator")
    runtime_client.copy_to(folder / "client")
    with emulator(shipped(artifact), folder / "client", folder / "log") as running:
        yield running
