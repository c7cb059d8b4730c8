"""The process of the built function stops or dies while it has a request: that one fails, and no other."""

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

DEADLINE = 3  # seconds; a cold start on a busy machine takes less
EVENT = EVENTS["predict_mlp"]


@pytest.fixture
def running(artifact: Artifact, client: Path, tmp_path: Path) -> Iterator[Emulator]:
    function = shipped(artifact)
    environment = {**function.environment, "AWS_LAMBDA_FUNCTION_TIMEOUT": str(DEADLINE)}
    with emulator(replace(function, environment=environment), client, tmp_path / "log") as running:
        yield running


def runtime(running: Emulator) -> int:
    """The process of the function, which has answered."""
    assert running.invoke(EVENT).json()["digit"] == 7
    (pid,) = children(running.process.pid)
    return pid


def test_a_request_that_outlives_the_deadline_fails_and_the_next_is_answered_by_another_process(
    running: Emulator,
) -> None:
    stopped = runtime(running)
    os.kill(stopped, signal.SIGSTOP)
    with pytest.raises(RuntimeError, match=rf"Task timed out after {DEADLINE}\.00 seconds"):
        running.invoke(EVENT)
    assert runtime(running) != stopped


def test_a_request_whose_process_is_killed_fails_and_the_next_is_answered_by_another_process(
    running: Emulator,
) -> None:
    killed = runtime(running)
    os.kill(killed, signal.SIGSTOP)  # so that it has the request, and has not answered it, when it is killed
    killing = threading.Timer(0.5, os.kill, (killed, signal.SIGKILL))
    killing.start()
    with pytest.raises(RuntimeError, match=r"Runtime\.ExitError.*signal: killed"):
        running.invoke(EVENT)
    killing.join()
    assert runtime(running) != killed
