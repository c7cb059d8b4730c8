"""`sam local start-api`: the built artifact in Lambda's image behind the emulated HTTP API."""

from typing import Any

import httpx2
import pytest
from PIL import Image

from tests import events
from tests.support.pictures import data_url, encode, seven

MODELS = ("mlp", "tree")
SEVEN = data_url(events.SEVEN)
LARGE_SEVEN = data_url(encode(seven(280)))


def ask(api: str, path: str, drawing: str) -> httpx2.Response:
    """Send what the page sends."""
    return httpx2.post(api + path, json={"drawing_data": drawing}, timeout=30)


@pytest.mark.parametrize("model", MODELS)
def test_the_page_asks_one_model(api: str, model: str) -> None:
    response = ask(api, f"/api/predict/{model}", LARGE_SEVEN)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    prediction = response.json()
    assert (prediction["model"], prediction["digit"]) == (model, 7)
    assert prediction["input"].startswith("data:image/png;base64,")


def test_the_page_asks_both_models(api: str) -> None:
    predictions = ask(api, "/api/compare", LARGE_SEVEN).json()["predictions"]
    assert {prediction["model"]: prediction["digit"] for prediction in predictions} == dict.fromkeys(MODELS, 7)


@pytest.mark.parametrize(
    ("path", "drawing", "status"),
    [
        ("/api/predict/mlp", data_url(b"This is a text."), 422),
        ("/api/predict/tree", data_url(events.canvas(Image.new("L", (28, 28)))), 422),
        ("/api/predict/forest", SEVEN, 404),
        ("/api/predict/mlp", "data:image/png;base64,#", 400),
    ],
)
def test_the_next_good_request_works_after_a_bad_one(api: str, path: str, drawing: str, status: int) -> None:
    refused = ask(api, path, drawing)
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert refused.json()["status"] == status
    assert ask(api, "/api/predict/mlp", SEVEN).json()["digit"] == 7


@pytest.mark.parametrize("path", ["/api/predict/", "/api/predict_nn/"])
@pytest.mark.parametrize("part", ["params", "data", "json"])
def test_the_original_contract_holds(api: str, path: str, part: str) -> None:
    request: dict[str, Any] = {part: {"drawing_data": SEVEN}}
    answer = httpx2.post(api + path, timeout=30, **request).json()
    assert (answer["result"], answer["error"]) == (1, "")
    assert answer["data"].index(max(answer["data"])) == 7


def test_the_original_contract_says_why_not(api: str) -> None:
    response = httpx2.post(f"{api}/api/predict/", params={"drawing_data": data_url(b"This is a text.")}, timeout=30)
    assert response.status_code == 422
    assert (response.json()["result"], response.json()["data"]) == (0, [])
    assert "not an image" in response.json()["error"]
