"""A built artifact comes in; SAM CLI runs it in Lambda's own image: one event, or a server on a port."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.artifact import ARCHITECTURE, FUNCTION, Artifact
from tests.support.site import free_port
from tests.support.waiting import answered

SAM = Path(sys.executable).with_name("sam")
PATIENCE = 120  # seconds for SAM CLI's own start and the function's, on a busy machine
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",  # no search for credentials on a network that may not answer
    "SAM_CLI_TELEMETRY": "0",
    "SAM_SKIP_PULL_IMAGE": "1",  # tests.support.sam_local.base_image has seen to it
}


def invoke(artifact: Artifact, event: Path) -> dict[str, Any]:
    """Answer one event with `sam local invoke`. Raises RuntimeError with what SAM CLI said."""
    command = [*_local("invoke", artifact), "--event", event, FUNCTION]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode or not done.stdout.strip():
        raise RuntimeError(f"sam local invoke ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@contextmanager
def start_api(artifact: Artifact, log: Path) -> Iterator[str]:
    """Serve the API with `sam local start-api` until the block ends; its address goes out."""
    with _started("start-api", artifact, log, "/api/health") as url:
        yield url


@contextmanager
def start_lambda(artifact: Artifact, log: Path) -> Iterator[str]:
    """Take events with `sam local start-lambda` until the block ends; the address of invocations goes out."""
    with _started("start-lambda", artifact, log, "/") as url:
        yield f"{url}/2015-03-31/functions/{FUNCTION}/invocations"


@contextmanager
def _started(command: str, artifact: Artifact, log: Path, answers: str) -> Iterator[str]:
    """Run a server of SAM CLI with one container that stays; wait until the path `answers`."""
    port = free_port()
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*_local(command, artifact), "--port", str(port), "--warm-containers", "EAGER"],
            env=_environment(),
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        if not answered(f"{url}{answers}", lambda: server.poll() is None, PATIENCE):
            raise RuntimeError(f"SAM CLI does not answer (exit status {server.poll()}):\n{log.read_text()}")
        yield url
    finally:
        server.terminate()  # on INT it leaves its container behind
        server.wait(PATIENCE)


def _local(command: str, artifact: Artifact) -> list[str | Path]:
    parameters = ["--parameter-overrides", f"Architecture={ARCHITECTURE}"]
    return [SAM, "local", command, "--template", artifact.template, *parameters]


def _environment() -> dict[str, str]:
    """Without AWS credentials: SAM CLI would wait for AWS to confirm them, and the function needs none."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**outside, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_CONFIG_FILE": os.devnull, **ENVIRONMENT}
