"""A function comes in; AWS's own Lambda emulator answers events with it, on this machine and without Docker."""

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

PATIENCE = 30  # seconds for one answer; a cold start takes one or two
PAUSE = 0.001  # seconds between two attempts to reach an emulator that is starting; cold starts are measured with it
INVOCATIONS = "/2015-03-31/functions/function/invocations"
PYTHON = Path(sys.base_prefix) / "bin" / "python3.13"  # without this environment's packages


@dataclass(frozen=True)
class Function:
    """What Lambda needs to know of a function."""

    task: Path  # the folder that it unpacks
    handler: str
    environment: dict[str, str]
    beside: tuple[Path, ...] = ()  # folders that Python searches after it

    def variables(self, *first: Path) -> dict[str, str]:
        """The environment of its process, which imports from `first` before the folders beside it."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(map(str, (*first, *self.beside))),
            "PYTHONDONTWRITEBYTECODE": "1",  # /var/task is read-only
            "LAMBDA_TASK_ROOT": str(self.task),
            **self.environment,
        }


@dataclass(frozen=True)
class Answer:
    """What the function answered."""

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
        """The address that takes events."""
        return f"http://127.0.0.1:{self.port}{INVOCATIONS}"

    def wait(self) -> None:
        """Return once the emulator takes events."""
        self._connected().close()

    def invoke(self, event: dict[str, Any]) -> Answer:
        """Let the function answer one event of the HTTP API. Raises RuntimeError with what Lambda says of a failure."""
        said = self.payload(event)
        if '"statusCode"' not in said:  # an error is JSON, a timeout is none
            raise RuntimeError(f"The function failed: {said}\n{self.log.read_text()}")
        result = json.loads(said)
        headers = {name.lower(): value for name, value in result["headers"].items()}
        return Answer(result["statusCode"], headers, result["body"])

    def payload(self, event: Any) -> str:
        """What Lambda returns for any event."""
        connection = self._connected()
        connection.request("POST", INVOCATIONS, json.dumps(event))
        said = connection.getresponse().read().decode()
        connection.close()
        return said

    def request_ids(self) -> list[str]:
        """The ids that Lambda gave to the invocations so far."""
        return re.findall(r"START RequestId: (\S+)", self.log.read_text())

    def _connected(self) -> http.client.HTTPConnection:
        end = time.monotonic() + PATIENCE
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            try:
                connection.connect()
                return connection
            except ConnectionRefusedError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise RuntimeError(f"The emulator does not answer:\n{self.log.read_text()}") from None
                time.sleep(PAUSE)


def executable() -> Path:
    """The emulator that SAM CLI puts into its containers."""
    package = importlib.util.find_spec("samcli")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "local" / "rapid" / f"aws-lambda-rie-{ARCHITECTURE}"


def shipped(artifact: Artifact) -> Function:
    """The function as template.yaml describes it."""
    described = resource(FUNCTION)
    logging = described["LoggingConfig"]  # Lambda tells the runtime by these names
    variables = {"AWS_LAMBDA_LOG_FORMAT": logging["LogFormat"], "AWS_LAMBDA_LOG_LEVEL": logging["ApplicationLogLevel"]}
    return Function(artifact.task, described["Handler"], {**described["Environment"]["Variables"], **variables})


@contextmanager
def emulator(function: Function, client: Path, log: Path) -> Iterator[Emulator]:
    """Start the function in the emulator until the block ends.

    client: a folder with the runtime interface client, and nothing else that the function could import by mistake
    log: the file that takes what the emulator and the function print
    """
    port, runtime_port = free_port(), free_port()
    command: list[str | Path] = [
        *(executable(), "--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
        *("--runtime-api-address", f"127.0.0.1:{runtime_port}"),
        # -S: without this interpreter's own packages, as in Lambda; the working folder comes first on its path
        *(PYTHON, "-S", "-m", "awslambdaric", function.handler),
    ]
    environment = function.variables(client)
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=function.task, env=environment, stdout=output, stderr=output)
    try:
        yield Emulator(port, log, process)
    finally:
        process.terminate()  # takes the function's process with it
        process.wait()
