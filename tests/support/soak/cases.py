"""Requests of the load test, good and bad, each with its expected response.

Expected is what the application answers in this process, one request at a time, if its status is the one given here.
Each good request has a picture of its own, so that a response sent to another client is a wrong one.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
from fastapi.testclient import TestClient
from PIL import Image

from benchmarks.errors import BenchmarkError
from digits.app import app
from digits.http.body import MAX_BODY
from tests.support.pictures import data_url, encode, seven
from training.dataset import Images, load_test

SITE = "http://127.0.0.1"
MODELS = ("mlp", "tree")
FORMATS = ("PNG", "JPEG", "WEBP")
SIDES = (28, 280)  # pixels: what the original page sends, and what a canvas holds
BATCH = 32  # images; of the 256 that may be, 0.6 MB, a server's memory would tell how many wait at once, and no leak
JSON, PNG = "application/json", "image/png"
PREDICT, INFER = "/api/predict/mlp", "/api/v2/models/mlp/infer"
MALFORMED = (b"", b"{", b"[]", b'{"drawing_data": 7}', b'{"drawing_data": "?"}', b"[" * 10_000)


@dataclass(frozen=True)
class Case:
    """A request and the answer that is right."""

    name: str
    request: httpx2.Request
    status: int
    media: str
    content: bytes


def cases() -> list[Case]:
    """Let the application answer every request. Raises BenchmarkError if it does so with another status than it should."""
    client = TestClient(app, SITE, raise_server_exceptions=False)
    asked = [*((name, request, 200) for name, request in good()), *bad()]
    return [_answered(client, name, request, status) for name, request, status in asked]


def _answered(client: TestClient, name: str, request: httpx2.Request, status: int) -> Case:
    answer = client.send(request)
    if answer.status_code != status:
        raise BenchmarkError(f"{name}: the application answers {answer.status_code}, not {status}: {answer.text[:200]}")
    return Case(name, request, status, answer.headers["content-type"], answer.content)


def good() -> Iterator[tuple[str, httpx2.Request]]:
    """Every route, and every way to send a picture."""
    images = load_test().images
    digits = map(Image.fromarray, images)
    for model in MODELS:
        predict = f"/api/predict/{model}"
        for format in FORMATS:
            for side in SIDES:
                picture = encode(next(digits).resize((side, side)), format)
                yield f"{format} {side}, {model}", post(predict, picture, f"image/{format.lower()}")
        yield f"canvas, {model}", post(predict, drawing(next(digits).resize((280, 280)).convert("RGBA")))
        yield f"explained, {model}", post(f"{predict}?explain=true", drawing(next(digits)))
        yield f"inferred, {model}", post(f"/api/v2/models/{model}/infer", tensor(images[-len(model) :]))
        yield f"described, {model}", get(f"/api/models/{model}")
    yield "inferred, a batch", post(INFER, tensor(images[:BATCH]))
    yield "compared", post("/api/compare", drawing(next(digits)))
    for path in ("/api/predict/", "/api/predict_nn/"):
        yield f"as the original, {path}", post(path, drawing(next(digits)))
        file = {"drawing_data": ("digit.png", encode(next(digits)), PNG)}
        yield f"as the original, a file, {path}", httpx2.Request("POST", SITE + path, files=file)
    for path in ("/api/models", "/api/health", "/api/v2", "/api/v2/health/ready", "/api/v2/models/tree"):
        yield path, get(path)


def bad() -> Iterator[tuple[str, httpx2.Request, int]]:
    """Everything that can be wrong with a request, each with the status that it deserves."""
    yield "not an image", post(PREDICT, b"not an image", PNG), 422
    yield "as the original, not an image", post("/api/predict/", b'{"drawing_data": "aGVsbG8="}'), 422
    for format in FORMATS:
        whole = encode(seven(), format)
        yield f"{format} cut off", post(PREDICT, whole[: len(whole) // 2], f"image/{format.lower()}"), 422
    for side in SIDES:
        yield f"blank {side}", post(PREDICT, encode(Image.new("L", (side, side))), PNG), 422
    yield "too many pixels", post(PREDICT, encode(Image.new("1", (20_000, 20_000))), PNG), 413
    yield "too many bytes", post(PREDICT, bytes(MAX_BODY + 1), PNG), 413
    yield "wrong type", post(PREDICT, encode(seven()), "image/gif"), 415
    for text in MALFORMED:
        yield f"malformed {text[:20]!r}", post(PREDICT, text), 400
        yield f"inferred, malformed {text[:20]!r}", post(INFER, text), 400
    yield "inferred, too few", post(INFER, tensor(load_test().images[:1], [2, 28, 28])), 400
    yield "inferred, another version", post("/api/v2/models/mlp/versions/0/infer", b"{}"), 404
    yield "unknown model", post("/api/predict/forest", drawing(seven())), 404
    yield "unknown route", get("/api/nothing"), 404
    yield "wrong method", get(PREDICT), 405


def get(path: str) -> httpx2.Request:
    return httpx2.Request("GET", SITE + path)


def post(path: str, body: bytes, media: str = JSON) -> httpx2.Request:
    return httpx2.Request("POST", SITE + path, headers={"Content-Type": media}, content=body)


def drawing(picture: Image.Image) -> bytes:
    """The JSON in which the page sends a picture."""
    return json.dumps({"drawing_data": data_url(encode(picture))}).encode()


def tensor(images: Images, shape: list[int] | None = None) -> bytes:
    """The JSON in which clients of the Open Inference Protocol send images (n, 28, 28) uint8."""
    numbers = {"datatype": "UINT8", "shape": shape or images.shape, "data": images.ravel().tolist()}
    return json.dumps({"inputs": [{"name": "images", **numbers}]}).encode()
