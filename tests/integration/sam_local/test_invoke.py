"""`sam local invoke`: the built artifact in Lambda's image answers one event."""

import json

import pytest

from tests import events
from tests.support.artifact import Artifact
from tests.support.sam_local import sam

pytestmark = pytest.mark.usefixtures("docker")


@pytest.mark.parametrize("model", ["mlp", "tree"])
def test_a_drawn_seven_is_a_seven(artifact: Artifact, model: str) -> None:
    answer = sam.invoke(artifact, events.file(f"predict_{model}"))
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/json"
    prediction = json.loads(answer["body"])
    assert (prediction["model"], prediction["digit"]) == (model, 7)
    assert len(prediction["probabilities"]) == 10


@pytest.mark.parametrize(
    ("event", "status", "type"),
    [
        ("text_called_png", 422, "urn:digits:not-an-image"),
        ("empty_canvas", 422, "urn:digits:nothing-drawn"),
        ("unknown_model", 404, "urn:digits:unknown-model"),
    ],
)
def test_bad_input_is_a_problem(artifact: Artifact, event: str, status: int, type: str) -> None:
    answer = sam.invoke(artifact, events.file(event))
    assert answer["statusCode"] == status
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert answer["isBase64Encoded"] is False
    problem = json.loads(answer["body"])
    assert (problem["status"], problem["type"]) == (status, type)
