"""The built function where nothing can be written, and where no time passes: its answers are right."""

import json
import re
import subprocess
from pathlib import Path

from tests.support.artifact import Artifact
from tests.support.emulator import PYTHON, shipped
from tests.support.lambda_client import as_event, as_response
from tests.support.require import require
from tests.support.soak import strained
from tests.support.soak.cases import Case
from tests.support.soak.tally import Tally

TIMING = re.compile(r"decode;dur=0\.000(, \w+;dur=0\.000)*")
NAMESPACE = ("unshare", "--mount", "sh", "-ec")  # mounts in it are seen by nobody else, and end with it
READ_ONLY = """
mount -t tmpfs -o size=4k full "$1" && head -c 4096 /dev/zero >"$1"/full
mount --bind . . && cd "$PWD" && mount -o remount,bind,ro . && mount -o remount,bind,ro /
shift && exec "$@"
"""


def strain(
    artifact: Artifact, cases: list[Case], surroundings: str, *folders: Path, within: tuple[str, ...] = ()
) -> tuple[list[str], list[str]]:
    """Send every case to the function. Returns why the folders cannot be written, and the headers Server-Timing."""
    function, tally, timings = shipped(artifact), Tally(), []
    command: list[str | Path] = [*within, PYTHON, "-S", "-P", strained.__file__, surroundings, *folders]
    events = "".join(json.dumps(as_event(case.request, case.request.read())) + "\n" for case in cases)
    environment = function.variables(function.task)
    done = subprocess.run(
        command, cwd=function.task, env=environment, input=events, stdout=subprocess.PIPE, text=True, check=True
    )
    said, *results = map(json.loads, done.stdout.splitlines())
    for case, answer in zip(cases, map(as_response, results), strict=True):
        tally.judge(case, answer.status_code, answer.headers, answer.content)
        timings.append(answer.headers.get("server-timing", ""))
    assert tally.summary()["failures"] == []
    return said, timings


def test_answers_are_right_where_no_file_may_grow(artifact: Artifact, cases: list[Case], tmp_path: Path) -> None:
    assert strain(artifact, cases, "limited", tmp_path)[0] == ["File too large"]


def test_answers_are_right_on_a_read_only_disk_and_a_full_one(
    artifact: Artifact, cases: list[Case], tmp_path: Path
) -> None:
    permitted = subprocess.run([*NAMESPACE, "mount --bind . ."], cwd=tmp_path, capture_output=True).returncode == 0
    require(permitted, "File systems cannot be mounted here", "make test, as root on Linux")
    within = (*NAMESPACE, READ_ONLY, "sh", str(tmp_path))
    said, _ = strain(artifact, cases, "as it is", artifact.task, tmp_path, within=within)
    assert said == ["Read-only file system", "No space left on device"]


def test_answers_are_right_while_every_clock_stands_still(artifact: Artifact, cases: list[Case]) -> None:
    _, timings = strain(artifact, cases, "frozen")
    timed = [timing for timing in timings if timing]
    assert len(timed) > len(cases) / 2
    assert all(map(TIMING.fullmatch, timed))
