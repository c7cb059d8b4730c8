"""The built artifact in AWS's Lambda emulator."""

import base64

import pytest
from PIL import Image

from tests import lambda_client
from tests.emulator.emulator import Emulator
from tests.events import EVENTS, post
from tests.lambda_client import invoke_at
from tests.pictures import encode, seven
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


def test_1000_test_images_get_the_answers_of_the_application_here(function: Emulator) -> None:
    client = lambda_client.client(invoke_at(function.invocations))  # compares each answer
    test = load_test()
    right = 0
    for image, label in zip(test.images[:1000], test.labels[:1000], strict=True):
        answer = client.post("/api/compare", content=encode(Image.fromarray(image)), headers=PNG).json()
        right += answer["predictions"][0]["digit"] == label
    assert right >= 990
