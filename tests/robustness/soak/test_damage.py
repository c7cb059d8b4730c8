"""A damaged bundle in the built function: what is damaged is named, and what is not still serves."""

import shutil
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from tests.events import EVENTS
from tests.support.artifact import Artifact
from tests.support.emulator import Answer, Function, emulator, shipped
from tests.support.lambda_client import as_event
from tests.support.soak.damage import MANIFEST_DAMAGES, MODEL_DAMAGES

HEALTH, MODELS = (as_event(httpx2.Request("GET", f"http://127.0.0.1/api/{name}"), b"") for name in ("health", "models"))


@pytest.fixture
def function(artifact: Artifact, tmp_path: Path) -> Function:
    """The built function with a bundle of its own."""
    task = tmp_path / "task"
    task.mkdir()
    for entry in artifact.task.iterdir():
        if entry.name == "digits":
            shutil.copytree(entry, task / entry.name)
        else:
            (task / entry.name).symlink_to(entry)
    return replace(shipped(artifact), task=task)


def assert_unavailable(answer: Answer, says: str, function: Function) -> None:
    assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
    problem = answer.json()
    assert problem["type"] == "urn:digits:model-unavailable"
    assert says in problem["detail"]
    assert "make models" in problem["detail"]
    assert str(function.task) not in answer.body
    assert "\n" not in problem["detail"]


@pytest.mark.parametrize("damage", MODEL_DAMAGES)
def test_a_damaged_model_is_named_and_the_other_serves(
    function: Function, client: Path, tmp_path: Path, damage: str
) -> None:
    harm, says = MODEL_DAMAGES[damage]
    harm(function.task / "digits" / "models")
    with emulator(function, client, tmp_path / "log") as running:
        for event in (HEALTH, EVENTS["predict_mlp"], EVENTS["compare"]):
            assert_unavailable(running.invoke(event), says, function)
        answer = running.invoke(EVENTS["predict_tree"])
        assert (answer.status, answer.json()["digit"]) == (200, 7)


@pytest.mark.parametrize("damage", MANIFEST_DAMAGES)
def test_a_damaged_manifest_is_named(function: Function, client: Path, tmp_path: Path, damage: str) -> None:
    harm, says = MANIFEST_DAMAGES[damage]
    harm(function.task / "digits" / "models")
    with emulator(function, client, tmp_path / "log") as running:
        for event in (HEALTH, MODELS, EVENTS["predict_mlp"], EVENTS["predict_tree"], EVENTS["compare"]):
            assert_unavailable(running.invoke(event), says, function)
