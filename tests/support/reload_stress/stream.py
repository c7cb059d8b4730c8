"""Load test of model replacement: eight clients send requests while models are replaced and every fault occurs.

Each response has to be that of the version which it names, and all of it of one bundle.
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
from tests.support.reload_stress.faults import FAULTS, Fault, Place
from tests.support.reload_stress.variants import variant
from tests.support.s3 import S3
from tests.support.site import free_port

CLIENTS = 8
SWAPS = 10
LEAST = 2_000  # requests
PATIENCE = 60  # seconds for one swap or fault to be met
SEVEN = (Path(__file__).parents[2] / "events" / "seven.png").read_bytes()
PICTURE = normalize(decode(SEVEN))
HURRY = {  # seconds; what takes a minute elsewhere takes a moment here
    (reload, "INTERVAL"): 0.02,
    (reload, "REQUEST_TIMEOUT"): 0.2,
    (s3, "TIMEOUT"): 0.3,
    (s3, "DEADLINE"): 1.0,
}
QUIET = logging.getLogger("digits")

type Answered = dict[str, tuple[str, list[float] | None]]  # by model: the version, and the probabilities if any
type Ask = tuple[str, str, bytes | None, Callable[[Any], Answered]]


def _prediction(found: dict[str, Any]) -> Answered:
    return {found["model"]: (found["version"], found["probabilities"])}


def _predictions(found: dict[str, Any]) -> Answered:
    return {name: answer for each in found["predictions"] for name, answer in _prediction(each).items()}


def _inference(found: dict[str, Any]) -> Answered:
    return {found["model_name"]: (found["model_version"], found["outputs"][0]["data"])}


def _described(found: dict[str, Any]) -> Answered:
    bundle: Answered = {"bundle": (found["bundle"], None)}
    return bundle | {entry["name"]: (entry["version"], None) for entry in found["models"]}


def _health(found: dict[str, Any]) -> Answered:
    return {name: (version, None) for name, version in found["models"].items()}


DRAWING = json.dumps({"drawing_data": base64.b64encode(SEVEN).decode()}).encode()
TENSOR = {"name": "images", "shape": [1, 28, 28], "datatype": "UINT8", "data": PICTURE.ravel().tolist()}
BATCH = json.dumps({"inputs": [TENSOR], "outputs": [{"name": "probabilities"}]}).encode()
ASKS: list[Ask] = [
    ("POST", "/api/predict/mlp", DRAWING, _prediction),
    ("POST", "/api/compare", DRAWING, _predictions),
    ("POST", "/api/predict/mlp?explain=true", DRAWING, _prediction),
    ("POST", "/api/v2/models/mlp/infer", BATCH, _inference),
    ("POST", "/api/predict/tree?explain=true", DRAWING, _prediction),
    ("GET", "/api/models", None, _described),
    ("GET", "/api/health", None, _health),
]


@dataclass
class Tally:
    """What came of the stream."""

    swaps: int = 0
    met: dict[str, str] = field(default_factory=dict)  # by fault: what the log said of it
    answers: Counter[str] = field(default_factory=Counter)  # by version of the network
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    longest: float = 0.0  # milliseconds of an answer

    @property
    def asked(self) -> int:
        return self.answers.total() + len(self.errors)


@dataclass
class Stream:
    """The clients' part: what may be answered, and what was."""

    port: int
    registry: ModelRegistry
    tally: Tally = field(default_factory=Tally)
    known: list[Answered] = field(default_factory=list)  # of each bundle that was published whole
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def know(self, bundle: Bundle) -> None:
        """Note what a bundle answers."""
        answers: Answered = {"bundle": (bundle.version, None)}
        for name, classifier in bundle.all().items():
            answers[name] = (classifier.entry["version"], classifier.probabilities(PICTURE[None])[0].tolist())
        self.known.append(answers)

    def client(self) -> None:
        """Ask until it is over."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        for method, path, body, answered in cycle(ASKS):
            if self.over.is_set():
                break
            start = time.perf_counter()
            try:
                connection.request(method, path, body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                content = response.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                self.note(path, start, error=repr(error))
                continue
            if response.status == 200:
                self.note(path, start, answered(json.loads(content)))
            else:
                self.note(path, start, error=f"{response.status} {content[:200]!r}")
        connection.close()

    def note(self, path: str, start: float, found: Answered | None = None, error: str = "") -> None:
        with self.lock:
            self.tally.longest = max(self.tally.longest, (time.perf_counter() - start) * 1000)
            if found is None:
                return self.tally.errors.append(f"{path}: {error}")
            self.tally.answers[found.get("mlp", ("none", None))[0]] += 1
            if not any(agrees(found, known) for known in self.known):
                self.tally.wrong.append(f"{path}: {found}")


def agrees(found: Answered, known: Answered) -> bool:
    """Tell whether an answer is one bundle's: its versions, and of each the very probabilities."""
    return all(
        version == known[name][0] and probabilities in (None, known[name][1])
        for name, (version, probabilities) in found.items()
    )


class Lines(logging.Handler):
    """The lines of the log that tell of models kept or replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not hasattr(record, "route"):
            self.lines.append(record.getMessage())


def run(here: S3, tell: Callable[[str], None] = lambda line: None, least: int = LEAST) -> Tally:
    """Swap models and let faults strike, one after the other, while clients ask at least `least` times."""
    place = Place(here, here.bucket("renewal"))
    store, lines = Store(place.uri), Lines()
    with ExitStack() as stack:
        for (module, name), value in HURRY.items():
            stack.enter_context(patch.object(module, name, value))
        app = create_app(place.uri)
        QUIET.addHandler(lines)
        stack.callback(QUIET.removeHandler, lines)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stream = Stream(stack.enter_context(server(app)), app.state.registry)
        stream.know(Bundle(BUNDLE))
        clients = [threading.Thread(target=stream.client) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            for number in range(SWAPS):
                swap(stream, store, variant(folder / f"swap{number}", number + 1))
                tell(f"swap {number + 1}: {stream.tally.asked:,} answers")
                for name, fault in list(FAULTS.items())[number::SWAPS]:
                    spoilt = variant(folder / name, 100 + len(stream.tally.met))
                    if fault.strikes:  # the bundle is whole: once S3 is well again, it may serve for a moment
                        stream.know(Bundle(spoilt))
                    stream.tally.met[name] = strike(stream, place, lines, fault, spoilt)
                    tell(f"{name}: {stream.tally.met[name]}")
            until(lambda: stream.tally.asked >= least, "the clients")
        finally:
            stream.over.set()
            for client in clients:
                client.join()
    return stream.tally


def swap(stream: Stream, store: Store, bundle: Path) -> None:
    """Publish, and wait until it serves."""
    whole = Bundle(bundle)
    stream.know(whole)
    store.publish(bundle, lambda line: None)
    until(lambda: stream.registry.bundle.version == whole.version, whole.version)
    stream.tally.swaps += 1


def strike(stream: Stream, place: Place, lines: Lines, fault: Fault, bundle: Path) -> str:
    """Publish what is spoilt, wait until the function says so, and heal. Returns what it says."""
    serving, healthy = stream.registry.bundle.version, place.object(POINTER).get()["Body"].read()
    fault.alter(bundle)
    version = Bundle(bundle).version
    place.upload(bundle, version)
    fault.spoil(place, version)
    expected, seen = fault.says.format(uri=place.uri, version=version), len(lines.lines)
    place.s3.fault = fault.strikes
    if content := fault.pointer(version):
        place.object(POINTER).put(Body=content)
    else:
        place.object(POINTER).delete()
    try:
        until(lambda: any(expected in line for line in lines.lines[seen:]), f"{expected} in {lines.lines[seen:]}")
    finally:
        place.s3.fault = None
        place.object(POINTER).put(Body=healthy)
    said = next(line for line in lines.lines[seen:] if expected in line)
    assert said.endswith(f"; still serving the models {serving}"), said
    looks = place.looks
    until(lambda: place.looks >= looks + 2, "another look")  # the second began when the pointer was whole again
    until(lambda: stream.registry.bundle.version == serving, serving)
    return said


@contextmanager
def server(app: FastAPI) -> Iterator[int]:
    """Serve in a thread of this process. Yields the port."""
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


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait. Raises TimeoutError that says for what."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"Waited in vain for {what}")
        time.sleep(0.005)
