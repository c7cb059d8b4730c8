"""The built artifact in AWS's Lambda emulator."""

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
def test_a_drawn_seven_is_a_seven(function: Emulator, model: str) -> None:
    answer = function.invoke(EVENTS[f"predict_{model}"])
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert (answer.json()["model"], answer.json()["digit"]) == (model, 7)


def test_an_image_file_arrives_in_base64(function: Emulator) -> None:
    event = post("/api/predict/mlp", base64.b64encode(encode(seven())).decode())
    event["headers"] |= {"content-type": "image/png"}
    answer = function.invoke({**event, "isBase64Encoded": True})
    assert (answer.status, answer.json()["digit"]) == (200, 7)


@pytest.mark.parametrize("model", ["mlp", "tree"])
def test_the_original_request_is_answered_its_own_way(function: Emulator, model: str) -> None:
    answer = function.invoke(EVENTS[f"original_{model}"]).json()
    assert (answer["result"], answer["error"]) == (1, "")
    assert answer["data"].index(max(answer["data"])) == 7


@pytest.mark.parametrize(
    ("event", "status", "type"),
    [
        ("text_called_png", 422, "urn:digits:not-an-image"),
        ("empty_canvas", 422, "urn:digits:nothing-drawn"),
        ("unknown_model", 404, "urn:digits:unknown-model"),
    ],
)
def test_the_next_good_request_works_after_a_bad_one(function: Emulator, event: str, status: int, type: str) -> None:
    refused = function.invoke(EVENTS[event])
    assert (refused.status, refused.headers["content-type"]) == (status, "application/problem+json")
    assert refused.json()["type"] == type
    assert function.invoke(EVENTS["predict_mlp"]).json()["digit"] == 7


@pytest.mark.parametrize("event", ["predict_mlp", "empty_canvas"])
def test_each_answer_carries_the_request_id_of_lambda(function: Emulator, event: str) -> None:
    answer = function.invoke(EVENTS[event])
    assert answer.headers["x-request-id"] == function.request_ids()[-1]


@pytest.mark.parametrize("event", [{}, {"warmer": True}, {"source": "aws.events", "detail": {}}], ids=str)
def test_ping_loads_the_models(function: Emulator, event: Any) -> None:
    assert json.loads(function.payload(event)) == {"warm": True}


@pytest.mark.parametrize("event", [None, [], {"Records": [{"eventSource": "aws:sqs"}]}], ids=str)
def test_event_that_is_not_http_returns_an_error_and_one_warning(function: Emulator, event: Any) -> None:
    before = function.log.stat().st_size
    assert "The function handles HTTP events" in json.loads(function.payload(event))["error"]
    lines = function.log.read_bytes()[before:].decode().splitlines()
    assert [json.loads(line)["level"] for line in lines if line.startswith("{")] == ["WARNING"]


def test_event_with_a_stage_in_its_path_returns_the_seven(function: Emulator) -> None:
    event = drawing("/prod/api/predict/mlp", SEVEN)
    assert function.invoke(event).json()["digit"] == 7


def test_1000_test_images_get_the_answers_of_the_application_here(function: Emulator) -> None:
    client = lambda_client.client(invoke_at(function.invocations))  # compares each answer
    test = load_test()
    right = 0
    for image, label in zip(test.images[:1000], test.labels[:1000], strict=True):
        answer = client.post("/api/compare", content=encode(Image.fromarray(image)), headers=PNG).json()
        right += answer["predictions"][0]["digit"] == label
    assert right >= 990
