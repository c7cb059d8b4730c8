"""AWS's Lambda runtime interface emulator, running on this machine without Docker."""

import http.client
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.artifact import ARCHITECTURE, FUNCTION, Artifact
from tests.support.site import free_port
from tests.support.template import resource

REQUEST_TIMEOUT = 30  # seconds; a cold start takes one or two
POLL_INTERVAL = 0.001  # seconds; part of measured cold starts
INVOCATIONS = "/2015-03-31/functions/function/invocations"
PYTHON = Path(sys.base_prefix) / "bin" / "python3.13"  # without the packages of .venv


@dataclass(frozen=True)
class Function:
    """Configuration of a Lambda function."""

    task: Path  # folder with the code
    handler: str
    environment: dict[str, str]
    extra_paths: tuple[Path, ...] = ()  # searched by Python after the code

    def variables(self, *first: Path) -> dict[str, str]:
        """Return the environment of its process, with `first` before `extra_paths` on Python's path."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(map(str, (*first, *self.extra_paths))),
            "PYTHONDONTWRITEBYTECODE": "1",  # /var/task is read-only
            "LAMBDA_TASK_ROOT": str(self.task),
            **self.environment,
        }


@dataclass(frozen=True)
class Response:
    """HTTP response of the function."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def invocations(self) -> str:
        """URL for events."""
        return f"http://127.0.0.1:{self.port}{INVOCATIONS}"

    def wait(self) -> None:
        """Return when the emulator accepts events."""
        self._connected().close()

    def invoke(self, event: dict[str, Any]) -> Response:
        """Invoke the function with an HTTP API event. Raise RuntimeError with Lambda's error where it fails."""
        payload = self.payload(event)
        if '"statusCode"' not in payload:  # an error is JSON, a timeout is text
            raise RuntimeError(f"The function failed: {payload}\n{self.log.read_text()}")
        result = json.loads(payload)
        headers = {name.lower(): value for name, value in result["headers"].items()}
        return Response(result["statusCode"], headers, result["body"])

    def payload(self, event: Any) -> str:
        """Return the function's raw result for any event."""
        connection = self._connected()
        connection.request("POST", INVOCATIONS, json.dumps(event))
        payload = connection.getresponse().read().decode()
        connection.close()
        return payload

    def init_seconds(self) -> float:
        """Return the seconds that the function took to start, before its first request."""
        return float(re.findall(r"INIT REPORT\(durationMs: ([\d.]+)\)", self.log.read_text())[0]) / 1000

    def request_ids(self) -> list[str]:
        """Return Lambda's request ids so far."""
        return re.findall(r"START RequestId: (\S+)", self.log.read_text())

    def _connected(self) -> http.client.HTTPConnection:
        end = time.monotonic() + REQUEST_TIMEOUT
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_TIMEOUT)
            try:
                connection.connect()
                return connection
            except ConnectionRefusedError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise RuntimeError(f"The emulator does not respond:\n{self.log.read_text()}") from None
                time.sleep(POLL_INTERVAL)


def executable() -> Path:
    """Return the path of the emulator in the SAM CLI package."""
    package = importlib.util.find_spec("samcli")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "local" / "rapid" / f"aws-lambda-rie-{ARCHITECTURE}"


def shipped(artifact: Artifact) -> Function:
    """Return the function with the handler and environment of template.yaml."""
    properties = resource(FUNCTION)
    logging = properties["LoggingConfig"]  # the runtime's names of these settings
    variables = {"AWS_LAMBDA_LOG_FORMAT": logging["LogFormat"], "AWS_LAMBDA_LOG_LEVEL": logging["ApplicationLogLevel"]}
    return Function(artifact.task, properties["Handler"], {**properties["Environment"]["Variables"], **variables})


@contextmanager
def emulator(function: Function, client: Path, log: Path) -> Iterator[Emulator]:
    """Start the function in the emulator until the block ends.

    client: folder with only the runtime interface client
    log: file for the output of the emulator and the function
    """
    port, runtime_port = free_port(), free_port()
    command: list[str | Path] = [
        *(executable(), "--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
        *("--runtime-api-address", f"127.0.0.1:{runtime_port}"),
        # -S: without this interpreter's packages, as in Lambda; the working folder is first on the path
        *(PYTHON, "-S", "-m", "awslambdaric", function.handler),
    ]
    environment = function.variables(client)
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=function.task, env=environment, stdout=output, stderr=output)
    try:
        yield Emulator(port, log, process)
    finally:
        process.terminate()  # also ends the function's process
        process.wait()
