"""Damaged bundles in the build artifact: the error names the file, and the other model is served."""

import shutil
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from tests.events import EVENTS
from tests.support.artifact import Artifact
from tests.support.emulator import Function, Response, emulator, shipped
from tests.support.lambda_client import as_event
from tests.support.soak.damage import MANIFEST_DAMAGES, MODEL_DAMAGES

HEALTH, MODELS = (as_event(httpx2.Request("GET", f"http://127.0.0.1/api/{name}"), b"") for name in ("health", "models"))


@pytest.fixture
def function(artifact: Artifact, tmp_path: Path) -> Function:
    """The build artifact with its own copy of the bundle."""
    task = tmp_path / "task"
    task.mkdir()
    for entry in artifact.task.iterdir():
        if entry.name == "digits":
            shutil.copytree(entry, task / entry.name)
        else:
            (task / entry.name).symlink_to(entry)
    return replace(shipped(artifact), task=task)


def assert_unavailable(response: Response, message: str, function: Function) -> None:
    assert (response.status, response.headers["content-type"]) == (503, "application/problem+json")
    problem = response.json()
    assert problem["type"] == "urn:digits:model-unavailable"
    assert message in problem["detail"]
    assert "make models" in problem["detail"]
    assert str(function.task) not in response.body
    assert "\n" not in problem["detail"]


@pytest.mark.parametrize("damage", MODEL_DAMAGES)
def test_damaged_model_is_named_and_the_other_is_served(
    function: Function, client: Path, tmp_path: Path, damage: str
) -> None:
    harm, message = MODEL_DAMAGES[damage]
    harm(function.task / "digits" / "models")
    with emulator(function, client, tmp_path / "log") as running:
        for event in (HEALTH, EVENTS["predict_mlp"], EVENTS["compare"]):
            assert_unavailable(running.invoke(event), message, function)
        response = running.invoke(EVENTS["predict_tree"])
        assert (response.status, response.json()["digit"]) == (200, 7)


@pytest.mark.parametrize("damage", MANIFEST_DAMAGES)
def test_damaged_manifest_is_named(function: Function, client: Path, tmp_path: Path, damage: str) -> None:
    harm, message = MANIFEST_DAMAGES[damage]
    harm(function.task / "digits" / "models")
    with emulator(function, client, tmp_path / "log") as running:
        for event in (HEALTH, MODELS, EVENTS["predict_mlp"], EVENTS["predict_tree"], EVENTS["compare"]):
            assert_unavailable(running.invoke(event), message, function)
