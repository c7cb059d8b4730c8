"""SnapStart with the real runtime client: hooks, restore and response."""

import json
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

from digits.registry import Bundle
from export.registry.s3 import Store
from tests.events import EVENTS, Event
from tests.integration.test_emulator_reload import GET_MODELS, URI
from tests.support import runtime_client
from tests.support.artifact import Artifact
from tests.support.emulator import PYTHON, shipped
from tests.support.reload_stress.variants import variant
from tests.support.s3 import ENVIRONMENT, s3

TIMEOUT = 30  # seconds
SNAPSHOT = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}

HEADERS = {  # required by the client
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": "restored",
    "Lambda-Runtime-Deadline-Ms": "4102444800000",  # in the year 2100
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:digits",
}


class RuntimeApi(ThreadingHTTPServer):
    """Lambda Runtime API that restores a snapshot, sends one event and takes the response."""

    def __init__(self, event: Event, before_restore: Callable[[], object]) -> None:
        super().__init__(("127.0.0.1", 0), RuntimeApiHandler)
        self.before_restore = before_restore
        self.mapped = ""  # /proc/PID/maps of the function when the snapshot is taken
        self.process: Queue[int] = Queue()
        self.responses: Queue[dict[str, Any]] = Queue()
        self.events = iter([event])


class RuntimeApiHandler(BaseHTTPRequestHandler):
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

    server: RuntimeApi

    def do_GET(self) -> None:
        if self.path.endswith("/restore/next"):
            self.server.mapped = Path(f"/proc/{self.server.process.get()}/maps").read_text()
            self.server.before_restore()
            return self._send(200, b"")
        if event := next(self.server.events, None):
            return self._send(200, json.dumps(event).encode())
        threading.Event().wait(TIMEOUT)  # the response to a second request for an event

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self._send(202, b"{}")
        self.server.responses.put(json.loads(content))

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def restored(
    artifact: Artifact,
    folder: Path,
    event: Event,
    before_restore: Callable[[], object] = lambda: None,
    **variables: str,
) -> tuple[dict[str, Any], str]:
    """Start the function for a snapshot, call `before_restore`, and send an event.

    Return the response body, and the memory map of the process at the snapshot.
    """
    function = shipped(artifact)
    runtime_client.copy_to(folder)
    with RuntimeApi(event, before_restore) as api:
        threading.Thread(target=api.serve_forever, daemon=True).start()
        address = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}"}
        environment = {**function.variables(folder), **SNAPSHOT, **address, **variables}
        command: list[str | Path] = [PYTHON, "-S", "-m", "awslambdaric", function.handler]
        with subprocess.Popen(command, cwd=function.task, env=environment) as process:
            api.process.put(process.pid)
            response = api.responses.get(timeout=TIMEOUT)
            process.kill()
        api.shutdown()
    assert (response["statusCode"], response["headers"]["x-request-id"]) == (200, "restored")
    return json.loads(response["body"]), api.mapped


def test_snapshot_has_lazily_imported_libraries(artifact: Artifact, tmp_path: Path) -> None:
    response, mapped = restored(artifact, tmp_path, EVENTS["predict_tree"])
    assert response["digit"] == 7
    assert "/_webp.cpython" in mapped


def test_models_published_after_the_snapshot_are_served(artifact: Artifact, tmp_path: Path) -> None:
    with s3() as here:
        here.bucket("models")
        other = variant(tmp_path / "other", 1)
        variables = ENVIRONMENT | {"AWS_ENDPOINT_URL": here.url, "MODEL_URI": URI}

        def publish() -> None:
            assert here.requests  # also before the snapshot
            Store(URI).publish(other, lambda line: None)

        response, _ = restored(artifact, tmp_path / "client", GET_MODELS, publish, **variables)
    assert response["bundle"] == Bundle(other).version
