"""SnapStart with the real runtime client: it runs the hooks, waits to be restored, and answers."""

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

PATIENCE = 30  # seconds
SNAPSHOT = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}

HEADERS = {  # the client takes each of them for granted
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": "restored",
    "Lambda-Runtime-Deadline-Ms": "4102444800000",  # in the year 2100
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:digits",
}


class RuntimeApi(ThreadingHTTPServer):
    """Lambda's side of a function: it restores a snapshot, gives one event, takes the answer."""

    def __init__(self, event: Event, meanwhile: Callable[[], object]) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.meanwhile = meanwhile
        self.mapped = ""  # what the function's process had loaded when the snapshot would have been taken
        self.process: Queue[int] = Queue()
        self.answers: Queue[dict[str, Any]] = Queue()
        self.events = iter([event])


class Conversation(BaseHTTPRequestHandler):
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

    server: RuntimeApi

    def do_GET(self) -> None:
        if self.path.endswith("/restore/next"):
            self.server.mapped = Path(f"/proc/{self.server.process.get()}/maps").read_text()
            self.server.meanwhile()
            return self._send(200, b"")
        if event := next(self.server.events, None):
            return self._send(200, json.dumps(event).encode())
        threading.Event().wait(PATIENCE)  # no second event comes

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self._send(202, b"{}")
        self.server.answers.put(json.loads(content))

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


def restored(
    artifact: Artifact,
    folder: Path,
    event: Event,
    meanwhile: Callable[[], object] = lambda: None,
    **variables: str,
) -> tuple[dict[str, Any], str]:
    """Start the function for a snapshot, let something happen before it is restored, and give it an event.

    Returns its answer, and what its process had loaded for the snapshot.
    """
    function = shipped(artifact)
    runtime_client.copy_to(folder)
    with RuntimeApi(event, meanwhile) as api:
        threading.Thread(target=api.serve_forever, daemon=True).start()
        address = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}"}
        environment = {**function.variables(folder), **SNAPSHOT, **address, **variables}
        command: list[str | Path] = [PYTHON, "-S", "-m", "awslambdaric", function.handler]
        with subprocess.Popen(command, cwd=function.task, env=environment) as process:
            api.process.put(process.pid)
            answer = api.answers.get(timeout=PATIENCE)
            process.kill()
        api.shutdown()
    assert (answer["statusCode"], answer["headers"]["x-request-id"]) == (200, "restored")
    return json.loads(answer["body"]), api.mapped


def test_snapshot_holds_lazily_imported_libraries(artifact: Artifact, tmp_path: Path) -> None:
    answer, mapped = restored(artifact, tmp_path, EVENTS["predict_tree"])
    assert answer["digit"] == 7
    assert "/_webp.cpython" in mapped


def test_models_published_after_the_snapshot_are_served(artifact: Artifact, tmp_path: Path) -> None:
    with s3() as here:
        here.bucket("models")
        other = variant(tmp_path / "other", 1)
        variables = ENVIRONMENT | {"AWS_ENDPOINT_URL": here.url, "MODEL_URI": URI}

        def publish() -> None:
            assert here.requests  # before the snapshot, too
            Store(URI).publish(other, lambda line: None)

        answer, _ = restored(artifact, tmp_path / "client", GET_MODELS, publish, **variables)
    assert answer["bundle"] == Bundle(other).version
