"""`sam local start-api`: the build artifact in Lambda's image behind the emulated HTTP API."""

from typing import Any

import httpx2
import pytest
from PIL import Image

from tests import events
from tests.support.pictures import data_url, encode, seven

MODELS = ("mlp", "tree")
SEVEN = data_url(events.SEVEN)
LARGE_SEVEN = data_url(encode(seven(280)))


def post(api: str, path: str, drawing: str) -> httpx2.Response:
    """Send a drawing as the page does."""
    return httpx2.post(api + path, json={"drawing_data": drawing}, timeout=30)


@pytest.mark.parametrize("model", MODELS)
def test_predict_returns_seven(api: str, model: str) -> None:
    response = post(api, f"/api/predict/{model}", LARGE_SEVEN)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    prediction = response.json()
    assert (prediction["model"], prediction["digit"]) == (model, 7)
    assert prediction["input"].startswith("data:image/png;base64,")


def test_compare_returns_seven_of_both_models(api: str) -> None:
    predictions = post(api, "/api/compare", LARGE_SEVEN).json()["predictions"]
    assert {prediction["model"]: prediction["digit"] for prediction in predictions} == dict.fromkeys(MODELS, 7)


@pytest.mark.parametrize(
    ("path", "drawing", "status"),
    [
        ("/api/predict/mlp", data_url(b"This is a text."), 422),
        ("/api/predict/tree", data_url(events.canvas(Image.new("L", (28, 28)))), 422),
        ("/api/predict/forest", SEVEN, 404),
        ("/api/predict/mlp", "data:image/png;base64,#", 400),
    ],
    ids=["not an image", "blank", "unknown model", "not base64"],
)
def test_bad_request_does_not_affect_the_next(api: str, path: str, drawing: str, status: int) -> None:
    response = post(api, path, drawing)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status
    assert post(api, "/api/predict/mlp", SEVEN).json()["digit"] == 7


@pytest.mark.parametrize("path", ["/predict/", "/predict_nn/", "/api/predict/", "/api/predict_nn/"])
@pytest.mark.parametrize("part", ["params", "data", "json"])
def test_original_request_returns_seven(api: str, path: str, part: str) -> None:
    request: dict[str, Any] = {part: {"drawing_data": SEVEN}}
    prediction = httpx2.post(api + path, timeout=30, **request).json()
    assert (prediction["result"], prediction["error"]) == (1, "")
    assert prediction["data"].index(max(prediction["data"])) == 7


def test_original_request_returns_error(api: str) -> None:
    response = httpx2.post(f"{api}/api/predict/", params={"drawing_data": data_url(b"This is a text.")}, timeout=30)
    assert response.status_code == 422
    assert (response.json()["result"], response.json()["data"]) == (0, [])
    assert "not an image" in response.json()["error"]
