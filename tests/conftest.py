"""Fixtures and marks shared by all tests: the built artifact, the Lambda emulator, SAM local and Docker."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.support import runtime_client
from tests.support.artifact import Artifact, build
from tests.support.emulator import Emulator, emulator, executable, shipped
from tests.support.require import require
from tests.support.sam_local import base_image, sam
from tests.support.wandb_folder import environment

# A test with one of these fixtures gets the mark. Fixtures requested by name, as by the parameters of `client`, are
# not seen here: those parameters have marks of their own.
MARKS = {
    "docker": {"docker"},
    "browser": {"browser", "page"},
    "slow": {"docker", "browser", "page", "artifact", "function", "quick_models"},
}


# Tests that share a pytest-xdist worker beside those of one file: their images, servers or imports are costly.
SHARED = {
    "docker": re.compile(r"sam-local|tests/integration/(containers|sam_local)"),
    "models": re.compile(r"tests/unit/export/test_main"),  # apart from the imports: it trains
    "imports": re.compile(r"tests/unit/(benchmarks|evaluation|export|report|training)/"),
}

# Groups of more than half a minute, longest first: workers that start with them end at about the same time.
LONG = (
    "docker",
    "tests/integration/test_interrupt.py",
    "models",
    "imports",
    "tests/integration/test_serve_signals.py",
    "tests/integration/deploy/test_rehearsal.py",
    "tests/browser/test_axe.py",
    "tests/browser/test_parity.py",
    "tests/robustness/test_malformed_files.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their fixtures. In a pytest-xdist worker, put the long groups first."""
    for item in items:
        needed = set(getattr(item, "fixturenames", ()))
        if item.nodeid.startswith("tests/browser/"):
            needed.add("browser")
        for mark, fixtures in MARKS.items():
            if needed & fixtures:
                item.add_marker(mark)
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: LONG.index(name) if (name := group(item.nodeid)) in LONG else len(LONG))


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Scheduling of groups of tests in the order of collection, not of their number of tests.

    (pytest 9.2 ignores the groups of pytest-xdist 3.8: `xdist_group`.)
    """

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> GroupScheduling | None:
    return GroupScheduling(config, log) if config.getoption("dist") == "loadgroup" else None


def group(test: str) -> str:
    """Return the group of a test, by its node id: one of SHARED, or its file."""
    return next((name for name, pattern in SHARED.items() if pattern.search(test)), test.partition("::")[0])


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A temporary folder that all pytest-xdist workers of a run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def once(folder: Path, make: Callable[[Path], object]) -> Path:
    """Return a folder that the first pytest-xdist worker makes; the others wait."""
    done = folder.with_suffix(".done")
    with FileLock(folder.with_suffix(".lock")):
        if not done.exists():
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def artifact(shared_folder: Path) -> Artifact:
    """The built artifact."""
    return Artifact(once(shared_folder / "build", build))


@pytest.fixture(scope="session")
def quick_models(shared_folder: Path) -> Path:
    """Folder in which every recipe was trained on a tenth of MNIST, with the command's output in `log`.

    The models are in its folder `artifacts/quick`.
    """
    return once(shared_folder / "quick-models", train_quick_models)


def train_quick_models(folder: Path) -> None:
    folder.mkdir()
    command = [sys.executable, "-m", "training", "all", "--quick"]
    done = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (folder / "log").write_text(done.stderr)


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
