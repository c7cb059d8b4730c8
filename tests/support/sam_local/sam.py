"""`sam local` commands: the build artifact in Lambda's image, for one event or as a server."""

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
from tests.support.waiting import responds

SAM = Path(sys.executable).with_name("sam")
START_TIMEOUT = 120  # seconds for SAM CLI and the function, on a busy machine
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",  # no search for credentials on the network
    "SAM_CLI_TELEMETRY": "0",
    "SAM_SKIP_PULL_IMAGE": "1",  # provided by tests.support.sam_local.base_image
}


def invoke(artifact: Artifact, event: Path) -> dict[str, Any]:
    """Invoke the function with `sam local invoke`. Raise RuntimeError with SAM CLI's output where it fails."""
    command = [*_local("invoke", artifact), "--event", event, FUNCTION]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, timeout=START_TIMEOUT)
    if done.returncode or not done.stdout.strip():
        raise RuntimeError(f"sam local invoke ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@contextmanager
def start_api(artifact: Artifact, log: Path) -> Iterator[str]:
    """Run `sam local start-api` until the block ends. Yield its URL."""
    with _started("start-api", artifact, log, "/api/health") as url:
        yield url


@contextmanager
def start_lambda(artifact: Artifact, log: Path) -> Iterator[str]:
    """Run `sam local start-lambda` until the block ends. Yield its invocation URL."""
    with _started("start-lambda", artifact, log, "/") as url:
        yield f"{url}/2015-03-31/functions/{FUNCTION}/invocations"


@contextmanager
def _started(command: str, artifact: Artifact, log: Path, ready_path: str) -> Iterator[str]:
    """Run a server of SAM CLI, whose container stays from the first request on; wait until `ready_path` responds.

    Containers are not started beforehand (EAGER): SAM CLI fails at the template's function with inline code.
    """
    port = free_port()
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*_local(command, artifact), "--port", str(port), "--warm-containers", "LAZY"],
            env=_environment(),
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        if not responds(f"{url}{ready_path}", lambda: server.poll() is None, START_TIMEOUT):
            raise RuntimeError(f"SAM CLI does not respond (exit status {server.poll()}):\n{log.read_text()}")
        yield url
    finally:
        server.terminate()  # with SIGINT it would leave its container running
        server.wait(START_TIMEOUT)


def _local(command: str, artifact: Artifact) -> list[str | Path]:
    parameters = ["--parameter-overrides", f"Architecture={ARCHITECTURE}"]
    return [SAM, "local", command, "--template", artifact.template, *parameters]


def _environment() -> dict[str, str]:
    """Return the environment without AWS credentials, which SAM CLI would check with AWS."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**environ, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_CONFIG_FILE": os.devnull, **ENVIRONMENT}
