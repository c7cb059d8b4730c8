"""Build artifact without writable disks, and with frozen clocks: responses are correct."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.artifact import Artifact
from tests.support.emulator import PYTHON, shipped
from tests.support.lambda_client import as_event, as_response
from tests.support.soak import restricted_environment
from tests.support.soak.cases import Case
from tests.support.soak.tally import Tally

TIMING = re.compile(r"decode;dur=0\.000(, \w+;dur=0\.000)*")
SUDO = () if os.geteuid() == 0 else ("sudo", "-n")
NAMESPACE = (*SUDO, "unshare", "--mount", "sh", "-ec")  # its mounts are private and end with it
READ_ONLY = """
mount -t tmpfs -o size=4k full "$1" && head -c 4096 /dev/zero >"$1"/full
mount --bind . . && cd "$PWD" && mount -o remount,bind,ro . && mount -o remount,bind,ro /
shift && exec "$@"
"""


def send_all(
    artifact: Artifact, cases: list[Case], restriction: str, *folders: Path, wrapper: tuple[str, ...] = ()
) -> tuple[list[str], list[str]]:
    """Send every case to the function. Return the write errors of the folders, and the Server-Timing headers."""
    function, tally, timings = shipped(artifact), Tally(), []
    environment = [f"{name}={value}" for name, value in function.variables(function.task).items()]
    worker = [PYTHON, "-S", "-P", restricted_environment.__file__, restriction, *folders]
    command = [*wrapper, "env", "-i", *environment, *map(str, worker)]  # not by env=: sudo drops variables
    events = "".join(json.dumps(as_event(case.request, case.request.read())) + "\n" for case in cases)
    done = subprocess.run(command, cwd=function.task, input=events, stdout=subprocess.PIPE, text=True, check=True)
    errors, *results = map(json.loads, done.stdout.splitlines())
    for case, response in zip(cases, map(as_response, results), strict=True):
        tally.count(case, response.status_code, response.headers, response.content)
        timings.append(response.headers.get("server-timing", ""))
    assert tally.summary()["failures"] == []
    return errors, timings


def may_mount(folder: Path) -> bool:
    if not shutil.which(NAMESPACE[0]):
        return False
    return subprocess.run([*NAMESPACE, "mount --bind . ."], cwd=folder, capture_output=True).returncode == 0


def test_responses_are_correct_with_file_size_limit_zero(artifact: Artifact, cases: list[Case], tmp_path: Path) -> None:
    assert send_all(artifact, cases, "limited", tmp_path)[0] == ["File too large"]


def test_responses_are_correct_on_read_only_and_full_disks(
    artifact: Artifact, cases: list[Case], tmp_path: Path
) -> None:
    if not may_mount(tmp_path):
        pytest.skip("Mounting file systems needs Linux, and root or passwordless sudo")
    wrapper = (*NAMESPACE, READ_ONLY, "sh", str(tmp_path))
    errors, _ = send_all(artifact, cases, "none", artifact.task, tmp_path, wrapper=wrapper)
    assert errors == ["Read-only file system", "No space left on device"]


def test_responses_are_correct_with_frozen_clocks(artifact: Artifact, cases: list[Case]) -> None:
    _, timings = send_all(artifact, cases, "frozen")
    timed = [timing for timing in timings if timing]
    assert len(timed) > len(cases) / 2
    assert all(map(TIMING.fullmatch, timed))
