"""`sam local invoke`: one event for the build artifact in Lambda's image."""

import json

import pytest

from tests import events
from tests.support.artifact import Artifact
from tests.support.sam_local import sam

pytestmark = pytest.mark.usefixtures("docker")


@pytest.mark.parametrize("model", ["mlp", "tree"])
def test_drawn_seven_is_classified_as_seven(artifact: Artifact, model: str) -> None:
    response = sam.invoke(artifact, events.file(f"predict_{model}"))
    assert response["statusCode"] == 200
    assert response["headers"]["content-type"] == "application/json"
    prediction = json.loads(response["body"])
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
def test_bad_input_returns_problem(artifact: Artifact, event: str, status: int, type: str) -> None:
    response = sam.invoke(artifact, events.file(event))
    assert response["statusCode"] == status
    assert response["headers"]["content-type"] == "application/problem+json"
    assert response["isBase64Encoded"] is False
    problem = json.loads(response["body"])
    assert (problem["status"], problem["type"]) == (status, type)
