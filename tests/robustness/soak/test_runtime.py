"""Timeout and crash of the function's process: only the current request fails."""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.resident_memory import children
from tests.events import EVENTS
from tests.support.artifact import Artifact
from tests.support.emulator import Emulator, emulator, shipped

FUNCTION_TIMEOUT = 3  # seconds; a cold start on a busy machine takes less
EVENT = EVENTS["predict_mlp"]

pytestmark = pytest.mark.serial


@pytest.fixture
def running(artifact: Artifact, client: Path, tmp_path: Path) -> Iterator[Emulator]:
    function = shipped(artifact)
    environment = {**function.environment, "AWS_LAMBDA_FUNCTION_TIMEOUT": str(FUNCTION_TIMEOUT)}
    with emulator(replace(function, environment=environment), client, tmp_path / "log") as running:
        yield running


def runtime(running: Emulator) -> int:
    """Invoke the function once, and return the pid of its process."""
    assert running.invoke(EVENT).json()["digit"] == 7
    (pid,) = children(running.process.pid)
    return pid


def test_timeout_fails_one_request_and_starts_a_new_process(
    running: Emulator,
) -> None:
    stopped = runtime(running)
    os.kill(stopped, signal.SIGSTOP)
    with pytest.raises(RuntimeError, match=rf"Task timed out after {FUNCTION_TIMEOUT}\.00 seconds"):
        running.invoke(EVENT)
    assert runtime(running) != stopped


def test_killed_process_fails_one_request_and_is_replaced(
    running: Emulator,
) -> None:
    killed = runtime(running)
    os.kill(killed, signal.SIGSTOP)  # so that it is killed after it has received the request
    killing = threading.Timer(0.5, os.kill, (killed, signal.SIGKILL))
    killing.start()
    with pytest.raises(RuntimeError, match=r"Runtime\.ExitError.*signal: killed"):
        running.invoke(EVENT)
    killing.join()
    assert runtime(running) != killed
