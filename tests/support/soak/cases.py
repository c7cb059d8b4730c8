"""Requests of the load test, good and bad, each with its expected response.

The expected response is the application's in this process, one request at a time, with the status given here. Each
good request has its own picture, so that a response to another client's request is detected.
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
SIDES = (28, 280)  # pixels: of the original page and of the canvas
BATCH = 32  # images; with the allowed 256 (0.6 MB), memory would vary with concurrency and hide a leak
JSON, PNG = "application/json", "image/png"
PREDICT, INFER = "/api/predict/mlp", "/api/v2/models/mlp/infer"
MALFORMED = (b"", b"{", b"[]", b'{"drawing_data": 7}', b'{"drawing_data": "?"}', b"[" * 10_000)


@dataclass(frozen=True)
class Case:
    """A request and its expected response."""

    name: str
    request: httpx2.Request
    status: int
    media: str
    content: bytes


def cases() -> list[Case]:
    """Return every request with the application's response. Raise BenchmarkError where its status is unexpected."""
    client = TestClient(app, SITE, raise_server_exceptions=False)
    requests = [*((name, request, 200) for name, request in good()), *bad()]
    return [_case(client, name, request, status) for name, request, status in requests]


def _case(client: TestClient, name: str, request: httpx2.Request, status: int) -> Case:
    response = client.send(request)
    if response.status_code != status:
        raise BenchmarkError(
            f"{name}: the application returns {response.status_code}, not {status}: {response.text[:200]}"
        )
    return Case(name, request, status, response.headers["content-type"], response.content)


def good() -> Iterator[tuple[str, httpx2.Request]]:
    """Yield requests to every route, with every encoding of a picture."""
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
    """Yield invalid requests with their expected status."""
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
    """Return the page's JSON body of a picture."""
    return json.dumps({"drawing_data": data_url(encode(picture))}).encode()


def tensor(images: Images, shape: list[int] | None = None) -> bytes:
    """Return the Open Inference Protocol JSON body of images (n, 28, 28) uint8."""
    numbers = {"datatype": "UINT8", "shape": shape or images.shape, "data": images.ravel().tolist()}
    return json.dumps({"inputs": [{"name": "images", **numbers}]}).encode()
