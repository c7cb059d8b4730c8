"""Build artifact in AWS's Lambda emulator."""

import base64
import json
from typing import Any

import pytest
from PIL import Image

from tests.events import EVENTS, SEVEN, drawing, post
from tests.support import lambda_client
from tests.support.emulator import Emulator
from tests.support.lambda_client import invoke_at
from tests.support.pictures import encode, seven
from training.dataset import load_test

PNG = {"Content-Type": "image/png"}


@pytest.mark.parametrize("model", ["mlp", "tree"])
def test_drawn_seven_is_classified_as_seven(function: Emulator, model: str) -> None:
    response = function.invoke(EVENTS[f"predict_{model}"])
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert (response.json()["model"], response.json()["digit"]) == (model, 7)


def test_base64_image_body_is_classified(function: Emulator) -> None:
    event = post("/api/predict/mlp", base64.b64encode(encode(seven())).decode())
    event["headers"] |= {"content-type": "image/png"}
    response = function.invoke({**event, "isBase64Encoded": True})
    assert (response.status, response.json()["digit"]) == (200, 7)


@pytest.mark.parametrize("model", ["mlp", "tree"])
def test_original_request_returns_original_response(function: Emulator, model: str) -> None:
    response = function.invoke(EVENTS[f"original_{model}"]).json()
    assert (response["result"], response["error"]) == (1, "")
    assert response["data"].index(max(response["data"])) == 7


@pytest.mark.parametrize(
    ("event", "status", "type"),
    [
        ("text_called_png", 422, "urn:digits:not-an-image"),
        ("empty_canvas", 422, "urn:digits:nothing-drawn"),
        ("unknown_model", 404, "urn:digits:unknown-model"),
    ],
)
def test_bad_request_does_not_affect_the_next(function: Emulator, event: str, status: int, type: str) -> None:
    problem = function.invoke(EVENTS[event])
    assert (problem.status, problem.headers["content-type"]) == (status, "application/problem+json")
    assert problem.json()["type"] == type
    assert function.invoke(EVENTS["predict_mlp"]).json()["digit"] == 7


@pytest.mark.parametrize("event", ["predict_mlp", "empty_canvas"])
def test_response_has_lambdas_request_id(function: Emulator, event: str) -> None:
    response = function.invoke(EVENTS[event])
    assert response.headers["x-request-id"] == function.request_ids()[-1]


@pytest.mark.parametrize(
    "event", [{}, {"warmer": True}, {"source": "aws.events", "detail": {}}], ids=["empty", "warmer", "schedule"]
)
def test_ping_loads_the_models(function: Emulator, event: Any) -> None:
    assert json.loads(function.payload(event)) == {"warm": True}


@pytest.mark.parametrize("event", [None, [], {"Records": [{"eventSource": "aws:sqs"}]}], ids=["null", "list", "sqs"])
def test_event_that_is_not_http_returns_an_error_and_one_warning(function: Emulator, event: Any) -> None:
    before = function.log.stat().st_size
    assert "The function handles HTTP events" in json.loads(function.payload(event))["error"]
    lines = function.log.read_bytes()[before:].decode().splitlines()
    assert [json.loads(line)["level"] for line in lines if line.startswith("{")] == ["WARNING"]


def test_event_with_stage_in_path_is_classified(function: Emulator) -> None:
    event = drawing("/prod/api/predict/mlp", SEVEN)
    assert function.invoke(event).json()["digit"] == 7


def test_1000_test_images_get_the_responses_of_the_application(function: Emulator) -> None:
    client = lambda_client.client(invoke_at(function.invocations))  # compares each response
    test = load_test()
    correct = 0
    for image, label in zip(test.images[:1000], test.labels[:1000], strict=True):
        prediction = client.post("/api/compare", content=encode(Image.fromarray(image)), headers=PNG).json()
        correct += prediction["predictions"][0]["digit"] == label
    assert correct >= 990
