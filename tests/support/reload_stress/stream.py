"""Load test of the reload of models: eight clients send requests during ten swaps and every fault.

Each response must match the version that it names, and all of it one bundle.
"""

import base64
import http.client
import json
import logging
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any
from unittest.mock import patch

import uvicorn
from fastapi import FastAPI

from digits import reload, s3
from digits.app import create_app
from digits.decode import decode
from digits.preprocess import normalize
from digits.registry import BUNDLE, Bundle, ModelRegistry
from digits.reload import POINTER
from export.registry.s3 import Store
from tests.support.reload_stress.faults import FAULTS, Fault, Location
from tests.support.reload_stress.variants import variant
from tests.support.s3 import S3
from tests.support.site import free_port

CLIENTS = 8
SWAPS = 10
MIN_REQUESTS = 2_000
TIMEOUT = 60  # seconds for one swap or fault
SEVEN = (Path(__file__).parents[2] / "events" / "seven.png").read_bytes()
PICTURE = normalize(decode(SEVEN))
SHORT_TIMES = {  # seconds
    (reload, "INTERVAL"): 0.02,
    (reload, "REQUEST_TIMEOUT"): 0.2,
    (s3, "TIMEOUT"): 0.3,
    (s3, "DEADLINE"): 1.0,
}
LOGGER = logging.getLogger("digits")

type Content = dict[str, tuple[str, list[float] | None]]  # by model: version, and probabilities if any
type Request = tuple[str, str, bytes | None, Callable[[Any], Content]]


def _prediction(response: dict[str, Any]) -> Content:
    return {response["model"]: (response["version"], response["probabilities"])}


def _predictions(response: dict[str, Any]) -> Content:
    return {name: content for each in response["predictions"] for name, content in _prediction(each).items()}


def _inference(response: dict[str, Any]) -> Content:
    return {response["model_name"]: (response["model_version"], response["outputs"][0]["data"])}


def _models(response: dict[str, Any]) -> Content:
    bundle: Content = {"bundle": (response["bundle"], None)}
    return bundle | {entry["name"]: (entry["version"], None) for entry in response["models"]}


def _health(response: dict[str, Any]) -> Content:
    return {name: (version, None) for name, version in response["models"].items()}


DRAWING = json.dumps({"drawing_data": base64.b64encode(SEVEN).decode()}).encode()
TENSOR = {"name": "images", "shape": [1, 28, 28], "datatype": "UINT8", "data": PICTURE.ravel().tolist()}
BATCH = json.dumps({"inputs": [TENSOR], "outputs": [{"name": "probabilities"}]}).encode()
REQUESTS: list[Request] = [
    ("POST", "/api/predict/mlp", DRAWING, _prediction),
    ("POST", "/api/compare", DRAWING, _predictions),
    ("POST", "/api/predict/mlp?explain=true", DRAWING, _prediction),
    ("POST", "/api/v2/models/mlp/infer", BATCH, _inference),
    ("POST", "/api/predict/tree?explain=true", DRAWING, _prediction),
    ("GET", "/api/models", None, _models),
    ("GET", "/api/health", None, _health),
]


@dataclass
class Tally:
    """Results of the load test."""

    swaps: int = 0
    faults: dict[str, str] = field(default_factory=dict)  # log line by fault
    responses: Counter[str] = field(default_factory=Counter)  # by version of the MLP
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    longest: float = 0.0  # milliseconds of a response

    @property
    def requests(self) -> int:
        return self.responses.total() + len(self.errors)


@dataclass
class Stream:
    """Clients, the expected responses and the results."""

    port: int
    registry: ModelRegistry
    tally: Tally = field(default_factory=Tally)
    expected: list[Content] = field(default_factory=list)  # of each valid published bundle
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, bundle: Bundle) -> None:
        """Add the content of a bundle's responses to the expected ones."""
        content: Content = {"bundle": (bundle.version, None)}
        for name, classifier in bundle.all().items():
            content[name] = (classifier.entry["version"], classifier.probabilities(PICTURE[None])[0].tolist())
        self.expected.append(content)

    def client(self) -> None:
        """Send requests until the end."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        for method, path, body, parse in cycle(REQUESTS):
            if self.over.is_set():
                break
            start = time.perf_counter()
            try:
                connection.request(method, path, body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                content = response.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                self.record(path, start, error=repr(error))
                continue
            if response.status == 200:
                self.record(path, start, parse(json.loads(content)))
            else:
                self.record(path, start, error=f"{response.status} {content[:200]!r}")
        connection.close()

    def record(self, path: str, start: float, content: Content | None = None, error: str = "") -> None:
        with self.lock:
            self.tally.longest = max(self.tally.longest, (time.perf_counter() - start) * 1000)
            if content is None:
                return self.tally.errors.append(f"{path}: {error}")
            self.tally.responses[content.get("mlp", ("none", None))[0]] += 1
            if not any(matches(content, expected) for expected in self.expected):
                self.tally.wrong.append(f"{path}: {content}")


def matches(content: Content, expected: Content) -> bool:
    """Return whether a response is that of one bundle: equal versions and probabilities."""
    return all(
        version == expected[name][0] and probabilities in (None, expected[name][1])
        for name, (version, probabilities) in content.items()
    )


class Lines(logging.Handler):
    """Handler that records log lines except those of requests."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not hasattr(record, "route"):
            self.lines.append(record.getMessage())


def run(here: S3, on_progress: Callable[[str], None] = lambda line: None, min_requests: int = MIN_REQUESTS) -> Tally:
    """Swap models and inject faults one after another, while clients send at least `min_requests` requests."""
    location = Location(here, here.bucket("reload"))
    store, lines = Store(location.uri), Lines()
    with ExitStack() as stack:
        for (module, name), value in SHORT_TIMES.items():
            stack.enter_context(patch.object(module, name, value))
        app = create_app(location.uri)
        LOGGER.addHandler(lines)
        stack.callback(LOGGER.removeHandler, lines)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stream = Stream(stack.enter_context(server(app)), app.state.registry)
        stream.expect(Bundle(BUNDLE))
        clients = [threading.Thread(target=stream.client) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            for number in range(SWAPS):
                swap(stream, store, variant(folder / f"swap{number}", number + 1))
                on_progress(f"swap {number + 1}: {stream.tally.requests:,} requests")
                for name, fault in list(FAULTS.items())[number::SWAPS]:
                    damaged = variant(folder / name, 100 + len(stream.tally.faults))
                    if fault.s3_fault:  # the bundle is valid: when the fault ends, it may be served for a moment
                        stream.expect(Bundle(damaged))
                    stream.tally.faults[name] = inject(stream, location, lines, fault, damaged)
                    on_progress(f"{name}: {stream.tally.faults[name]}")
            until(lambda: stream.tally.requests >= min_requests, "the clients")
        finally:
            stream.over.set()
            for client in clients:
                client.join()
    return stream.tally


def swap(stream: Stream, store: Store, bundle: Path) -> None:
    """Publish a bundle, and wait until it is served."""
    valid = Bundle(bundle)
    stream.expect(valid)
    store.publish(bundle, lambda line: None)
    until(lambda: stream.registry.bundle.version == valid.version, valid.version)
    stream.tally.swaps += 1


def inject(stream: Stream, location: Location, lines: Lines, fault: Fault, bundle: Path) -> str:
    """Publish a damaged bundle, wait for the expected log line, and repair the publication. Return the line."""
    serving, healthy = stream.registry.bundle.version, location.object(POINTER).get()["Body"].read()
    fault.alter(bundle)
    version = Bundle(bundle).version
    location.upload(bundle, version)
    fault.damage(location, version)
    expected, seen = fault.message.format(uri=location.uri, version=version), len(lines.lines)
    location.s3.fault = fault.s3_fault
    if content := fault.pointer(version):
        location.object(POINTER).put(Body=content)
    else:
        location.object(POINTER).delete()
    try:
        until(lambda: any(expected in line for line in lines.lines[seen:]), f"{expected} in {lines.lines[seen:]}")
    finally:
        location.s3.fault = None
        location.object(POINTER).put(Body=healthy)
    line = next(line for line in lines.lines[seen:] if expected in line)
    assert line.endswith(f"; still serving the models {serving}"), line
    before = location.pointer_requests
    until(lambda: location.pointer_requests >= before + 2, "two requests for the repaired pointer")
    until(lambda: stream.registry.bundle.version == serving, serving)
    return line


@contextmanager
def server(app: FastAPI) -> Iterator[int]:
    """Serve in a thread of this process. Yield the port."""
    port = free_port()
    running = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_level="error", access_log=False))
    thread = threading.Thread(target=running.run)
    thread.start()
    until(lambda: running.started, "the server")
    try:
        yield port
    finally:
        running.should_exit = True
        thread.join()


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition. Raise TimeoutError with `what` after TIMEOUT."""
    end = time.monotonic() + TIMEOUT
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"Timeout while waiting for {what}")
        time.sleep(0.005)
