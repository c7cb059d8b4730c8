"""Fixtures of the soak tests: requests with expected responses, and the runtime client for the emulator."""

from pathlib import Path

import pytest

from tests.support import runtime_client
from tests.support.emulator import executable
from tests.support.require import require
from tests.support.soak.cases import Case, cases


@pytest.fixture(scope="session", name="cases")
def _cases() -> list[Case]:
    return cases()


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with Lambda's runtime client."""
    require(executable().exists(), f"This SAM CLI has no {executable().name}", "make test")
    folder = tmp_path_factory.mktemp("client")
    runtime_client.copy_to(folder)
    return folder
