"""HTTP requests and responses of the API, in process and of the built function."""

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from digits.app import app
from digits.http.body import MAX_BODY
from digits.http.middleware import MAX_QUERY
from digits.preprocess import normalize
from digits.registry import BUNDLE
from tests.support import lambda_client
from tests.support.lambda_client import invoke_at
from tests.support.pictures import data_url, encode, seven

bundle = app.state.registry.bundle

PNG = encode(seven())
DRAWING = {"drawing_data": data_url(PNG)}


SERVERS = ["application", pytest.param("emulator", marks=pytest.mark.slow)]
SAM_LOCAL = pytest.param("sam-local", marks=[pytest.mark.slow, pytest.mark.docker])
# SAM local runs the artifact that the emulator runs, ten times slower: it gets one test of each kind of request,
# response, body and header.
with_sam_local = pytest.mark.parametrize("client", [*SERVERS, SAM_LOCAL], indirect=True)


@pytest.fixture(name="client", params=SERVERS)
def _client(request: pytest.FixtureRequest) -> httpx2.Client:
    """Client of the application in this process, of the built function in the emulator, or in SAM local."""
    if request.param == "emulator":
        return lambda_client.client(invoke_at(request.getfixturevalue("function").invocations))
    if request.param == "sam-local":
        return lambda_client.client(invoke_at(request.getfixturevalue("invocations")))
    return TestClient(app, raise_server_exceptions=False)


def assert_problem(response: httpx2.Response, status: int, detail: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"]
    problem = response.json()
    assert problem["status"] == status
    assert problem["type"]
    assert problem["title"]
    assert detail in problem["detail"]


@with_sam_local
@pytest.mark.parametrize("model", ["mlp", "tree"])
def test_drawing_of_seven_is_classified_as_seven(client: httpx2.Client, model: str) -> None:
    response = client.post(f"/api/predict/{model}", json=DRAWING)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert body["model"] == model
    assert body["version"] == bundle[model].entry["version"]
    assert body["digit"] == 7
    assert np.argmax(body["probabilities"]) == 7
    assert sum(body["probabilities"]) == pytest.approx(1)
    picture = Image.open(io.BytesIO(base64.b64decode(body["input"].removeprefix("data:image/png;base64,"))))
    np.testing.assert_array_equal(np.asarray(picture), normalize(seven()))


@with_sam_local
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_image_file_as_body_is_accepted(client: httpx2.Client, format: str) -> None:
    headers = {"Content-Type": f"image/{format.lower()}"}
    response = client.post("/api/predict/mlp", content=encode(seven(), format), headers=headers)
    assert response.json()["digit"] == 7


@pytest.mark.parametrize("media", ["image/jpg", "image/pjpeg", "image/x-png", "application/octet-stream"])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_image_format_is_recognized_by_content_not_content_type(client: httpx2.Client, format: str, media: str) -> None:
    response = client.post("/api/predict/mlp", content=encode(seven(), format), headers={"Content-Type": media})
    assert response.json()["digit"] == 7


@with_sam_local
def test_compare_returns_prediction_of_each_model(client: httpx2.Client) -> None:
    compared = client.post("/api/compare", json=DRAWING).json()
    single = [client.post(f"/api/predict/{model}", json=DRAWING).json() for model in ("mlp", "tree")]
    for field in ("input", "digit_likeness", "is_digit"):
        assert {body.pop(field) for body in single} == {compared[field]}
    assert compared["is_digit"] is True
    assert compared["predictions"] == single


JSON = "application/json"
BAD = [
    (b"", JSON, 400, "not JSON"),
    (b"{", JSON, 400, "not JSON"),
    (b"\xff", JSON, 400, "utf-8"),
    (b'{"drawing_data": NaN}', JSON, 400, "NaN is not a number"),
    (b'{"drawing_data": "", "drawing_data": ""}', JSON, 400, "a name occurs twice"),
    (b"[]", JSON, 400, 'should be a JSON object. Send {"drawing_data"'),
    (b"{}", JSON, 400, 'drawing_data: Field required. Send {"drawing_data"'),
    (b'{"drawing_data": 7}', JSON, 400, 'drawing_data: Input should be a valid string. Send {"drawing_data"'),
    (b"[" * 100_000, JSON, 400, "recursion"),
    (b'{"drawing_data": ""}', JSON, 400, "missing or empty"),
    (b'{"drawing_data": "data:image/png;base64,"}', JSON, 400, "missing or empty"),
    (b'{"drawing_data": "?"}', JSON, 400, "not base64"),
    (b'{"drawing_data": "data:text/plain,hello world"}', JSON, 400, "not base64"),
    (b'{"drawing_data": "aGVsbG8="}', JSON, 422, "not an image"),
    (b"", "image/png", 422, "not an image"),
    (b"not an image", "image/png", 422, "not an image"),
    (b"not an image", "application/octet-stream", 422, "not an image"),
    (b"GIF89a" + b"\0" * 40, "image/png", 422, "not an image"),
    (b"<svg/>", "image/webp", 422, "not an image"),
    *((encode(seven(), f)[:400], f"image/{f.lower()}", 422, "cut off") for f in ("PNG", "JPEG", "WEBP")),
    *((encode(Image.new("L", size)), "image/png", 422, "empty") for size in ((1, 1), (28, 28), (364, 364))),
    (encode(Image.new("RGBA", (280, 280), (255, 255, 255, 0))), "image/png", 422, "empty"),
    (encode(Image.new("1", (4_000, 4_001))), "image/png", 413, "4000 x 4001"),
    (b"\0" * 4_000_000, "image/png", 413, "larger than"),
    (b"GIF89a", "image/gif", 415, "image/png"),
    (PNG, "", 415, "missing"),
    (PNG, "text/plain", 415, "image/png"),
    (b"drawing_data=?", "application/x-www-form-urlencoded", 415, "image/png"),
]


@pytest.mark.parametrize(("content", "media", "status", "detail"), BAD)
def test_bad_body_returns_problem_and_next_request_succeeds(
    client: httpx2.Client, content: bytes, media: str, status: int, detail: str
) -> None:
    for path in ("/api/predict/mlp", "/api/predict/tree", "/api/compare"):
        assert_problem(client.post(path, content=content, headers={"Content-Type": media}), status, detail)
    assert client.post("/api/predict/mlp", json=DRAWING).json()["digit"] == 7


@with_sam_local
def test_compressed_body_returns_415(client: httpx2.Client) -> None:
    headers = {"Content-Type": "image/png", "Content-Encoding": "gzip"}
    assert_problem(client.post("/api/predict/mlp", content=PNG, headers=headers), 415, "Content-Encoding is gzip")


@pytest.mark.parametrize("value", ["maybe", "1", "", "True"])
def test_explain_other_than_true_or_false_returns_400(client: httpx2.Client, value: str) -> None:
    for path in ("/api/predict/mlp", "/api/compare"):
        assert_problem(client.post(f"{path}?explain={value}", json=DRAWING), 400, "Send explain=true, or leave it out.")


@with_sam_local
def test_long_query_returns_414(client: httpx2.Client) -> None:
    assert_problem(client.post("/api/predict/mlp?" + "x" * (MAX_QUERY + 1), json=DRAWING), 414, "in the body")


@with_sam_local
def test_large_body_without_content_length_returns_413(client: httpx2.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(3):
            yield b"\0" * (MAX_BODY // 2)

    headers = {"Content-Type": "image/png"}
    assert_problem(client.post("/api/predict/mlp", content=chunks(), headers=headers), 413, "larger than")


@with_sam_local
@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("POST", "/api/predict/forest", 404, "mlp or tree"),
        ("GET", "/api/models/forest", 404, "mlp or tree"),
        ("GET", "/api/nothing", 404, "/api/docs"),
        ("GET", "/api/predict/mlp", 405, "/api/docs"),
        ("DELETE", "/api/models", 405, "/api/docs"),
    ],
)
def test_unknown_route_model_or_method_returns_problem(
    client: httpx2.Client, method: str, path: str, status: int, detail: str
) -> None:
    response = client.request(method, path)
    assert_problem(response, status, detail)
    assert status != 405 or response.headers["allow"]


@with_sam_local
def test_head_returns_headers_of_get_without_body(client: httpx2.Client) -> None:
    for path in ("/api/models", "/api/models/mlp"):
        got, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert (head.headers["etag"], head.headers["content-length"]) == (got.headers["etag"], str(len(got.content)))


@with_sam_local
@pytest.mark.parametrize(("path", "allowed"), [("/api/models", "GET, HEAD"), ("/api/compare", "POST")])
def test_options_returns_204_with_allowed_methods(client: httpx2.Client, path: str, allowed: str) -> None:
    response = client.options(path)
    assert (response.status_code, response.headers["allow"], response.content) == (204, allowed, b"")


def test_server_timing_lists_each_step(client: httpx2.Client) -> None:
    response = client.post("/api/compare", json=DRAWING)
    assert re.fullmatch(
        r"decode;dur=\d+\.\d{3}, normalize;dur=\d+\.\d{3}, run;dur=\d+\.\d{3}", response.headers["server-timing"]
    )
    damaged = client.post("/api/predict/mlp", content=PNG[:100], headers={"Content-Type": "image/png"})
    assert damaged.headers["server-timing"].startswith("decode;dur=")
    assert "server-timing" not in client.get("/api/health").headers


def test_model_routes_return_entries_of_the_manifest(client: httpx2.Client) -> None:
    content = (Path(BUNDLE) / "manifest.json").read_bytes()
    version, entries = hashlib.sha256(content).hexdigest()[:12], json.loads(content)["models"]
    assert client.get("/api/models").json() == {"bundle": version, "models": list(entries.values())}
    assert client.get("/api/models/tree").json() == entries["tree"]


@with_sam_local
def test_current_etag_returns_304(client: httpx2.Client) -> None:
    for path in ("/api/models", "/api/models/mlp"):
        etag = client.get(path).headers["etag"]
        again = client.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_health_returns_version_of_each_model(client: httpx2.Client) -> None:
    versions = {name: bundle[name].entry["version"] for name in ("mlp", "tree")}
    response = client.get("/api/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "models": versions})


ORIGINAL = {"/predict/": "tree", "/predict_nn/": "mlp", "/api/predict/": "tree", "/api/predict_nn/": "mlp"}


@with_sam_local
@pytest.mark.parametrize(("path", "model"), ORIGINAL.items())
def test_original_routes_accept_query_form_file_and_json(client: httpx2.Client, path: str, model: str) -> None:
    url = data_url(encode(seven(28).convert("RGBA")))  # as the original page sent it
    expected = client.post(f"/api/predict/{model}", json={"drawing_data": url}).json()["probabilities"]
    for response in (
        client.post(path, params={"drawing_data": url}),
        client.post(f"{path}?drawing_data={url}"),  # as fetch() sends it: + is not quoted
        client.post(path, data={"drawing_data": url}),
        client.post(path, files={"drawing_data": (None, url)}),
        client.post(path, files={"drawing_data": ("seven.png", base64.b64decode(url.partition(",")[2]), "image/png")}),
        client.post(path, json={"drawing_data": url}),
    ):
        assert response.status_code == 200
        assert response.json() == {"result": 1, "error": "", "data": expected}


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ("drawing_data=%3F", 400, "not base64"),
        ("drawing_data=", 400, "missing or empty"),
        ("", 415, "Content-Type"),
        (f"drawing_data={quote(data_url(b'hello'))}", 422, "not an image"),
        (f"drawing_data={quote(data_url(encode(Image.new('L', (28, 28)))))}", 422, "empty"),
    ],
)
def test_original_routes_return_errors_in_original_format(
    client: httpx2.Client, query: str, status: int, detail: str
) -> None:
    response = client.post(f"/api/predict/?{query}")
    body = response.json()
    assert response.status_code == status
    assert (body["result"], body["data"]) == (0, [])
    assert detail in body["error"]


MULTIPART = "multipart/form-data; boundary=b"
FORM = "application/x-www-form-urlencoded"
FIELD = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("content", "media", "status", "detail"),
    [
        (
            b"hello",
            "multipart/form-data",
            400,
            "The form cannot be read: Missing boundary in multipart. Send one field",
        ),
        (FIELD.replace(b'; name="%s"', b"") % b"x", MULTIPART, 400, "The form cannot be read: "),
        (b"--a\r\n", MULTIPART, 400, "The form cannot be read: Invalid multipart data. Send one field"),
        (b"--b\r\nhello", MULTIPART, 400, "drawing_data is missing or empty"),
        (b"", MULTIPART, 400, "drawing_data is missing or empty"),
        (FIELD % (b"image", PNG), MULTIPART, 400, "drawing_data is missing or empty"),
        (FIELD % (b"drawing_data", b"\xff"), MULTIPART, 400, "not base64"),
        (FIELD % (b"drawing_data", PNG), f"{MULTIPART}; charset=undefined", 400, "its charset is unknown. Send one"),
        (b"\0", FORM, 400, "drawing_data is missing or empty"),
        (b"drawing_data=%ff", FORM, 400, "not base64"),
        (b"&".join(b"a=b" for _ in range(9)), FORM, 400, "Too many fields"),
        (b"-" * (MAX_BODY + 1), MULTIPART, 413, "larger than"),
    ],
)
@pytest.mark.parametrize("path", ORIGINAL)
def test_malformed_form_returns_error_in_original_format(
    client: httpx2.Client, path: str, content: bytes, media: str, status: int, detail: str
) -> None:
    response = client.post(path, content=content, headers={"Content-Type": media})
    body = response.json()
    assert (response.status_code, body["result"], body["data"]) == (status, 0, [])
    assert detail in body["error"]


def test_original_paths_reject_other_methods_and_spellings(client: httpx2.Client) -> None:
    for path in ("/predict/", "/predict_nn/"):
        response = client.get(path)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert response.headers["cache-control"] == "no-store"
    assert client.post("/predict", json=DRAWING).status_code == 404


@pytest.mark.parametrize("content", [b"", b"hello", PNG[:200]])
def test_file_part_that_is_not_an_image_returns_422_in_original_format(client: httpx2.Client, content: bytes) -> None:
    response = client.post("/api/predict/", files={"drawing_data": ("seven.png", content, "image/png")})
    body = response.json()
    assert (response.status_code, body["result"], body["data"]) == (422, 0, [])
    assert re.search("not an image|cut off", body["error"])


def test_cors_allows_any_site(client: httpx2.Client) -> None:
    response = client.post("/api/predict/mlp", json=DRAWING, headers={"Origin": "https://example.org"})
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-expose-headers"].endswith("Server-Timing, X-Request-Id")
    assert response.headers["timing-allow-origin"] == "*"


@with_sam_local
def test_preflight_with_any_header_returns_200_and_echoes_it(client: httpx2.Client) -> None:
    headers = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, authorization, x-anything",
    }
    response = client.options("/api/predict/mlp", headers=headers)
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, "*")
    assert response.headers["access-control-allow-headers"] == "content-type, authorization, x-anything"
    assert "POST" in response.headers["access-control-allow-methods"].split(", ")


def test_each_response_has_its_own_request_id(client: httpx2.Client) -> None:
    assert len({client.get("/api/health").headers["x-request-id"] for _ in range(3)}) == 3
