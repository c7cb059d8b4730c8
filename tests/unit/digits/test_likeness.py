"""Whether a picture shows one digit: the reason of a picture that does not, and the fields of the API."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from fastapi.testclient import TestClient

from digits.app import create_app
from digits.likeness import reason
from digits.manifest import MANIFEST
from digits.preprocess import SIZE, Picture
from digits.registry import BUNDLE, Bundle
from tests.support.pictures import data_url, encode, seven

DRAWING = {"drawing_data": data_url(encode(seven()))}
FIELDS = {"digit_likeness", "is_digit", "reason"}
PATHS = ("/api/predict/mlp", "/api/predict/tree", "/api/compare")


def bars(*columns: tuple[int, int, int, int]) -> Picture:
    """Draw rectangles of (top, bottom, left, right), the last row and column excluded."""
    picture = np.zeros((SIZE, SIZE), np.uint8)
    for top, bottom, left, right in columns:
        picture[top:bottom, left:right] = 255
    return picture


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (bars((4, 24, 5, 8), (4, 24, 20, 23)), "several_digits"),
        (bars((4, 24, 5, 8), (4, 24, 11, 14), (4, 24, 20, 23)), "several_digits"),
        (bars((4, 24, 5, 8), (12, 24, 20, 23)), "several_digits"),
        (bars((4, 24, 5, 23)), "not_a_digit"),
        (bars((4, 24, 5, 8), (4, 24, 8, 11)), "not_a_digit"),  # touching
        (bars((4, 24, 5, 8), (15, 24, 20, 23)), "not_a_digit"),  # a short stroke
        (bars((4, 24, 5, 15), (4, 24, 20, 21)), "not_a_digit"),  # a thin stroke
        (np.zeros((SIZE, SIZE), np.uint8), "not_a_digit"),
    ],
)
def test_reason_is_several_digits_for_separate_ink_of_comparable_mass_and_height(
    picture: Picture, expected: str
) -> None:
    assert reason(picture) == expected


def test_faint_ink_between_groups_does_not_join_them() -> None:
    picture = np.maximum(bars((4, 24, 5, 8), (4, 24, 20, 23)), 40).astype(np.uint8)
    assert reason(picture) == "several_digits"


type Change = Callable[[dict[str, Any], Path], None]


@pytest.fixture
def post(tmp_path: Path) -> Callable[[str, Change], dict[str, Any]]:
    """Post a drawing to the application with a changed copy of the committed bundle."""

    def send(path: str, change: Change) -> dict[str, Any]:
        folder = Path(shutil.copytree(BUNDLE, tmp_path / "models"))
        manifest = json.loads((folder / MANIFEST).read_text())
        change(manifest["models"]["mlp"], folder)
        (folder / MANIFEST).write_text(json.dumps(manifest))
        app = create_app()
        app.state.registry.replace(Bundle(folder))
        response = TestClient(app).post(path, json=DRAWING)
        assert response.status_code == 200
        return dict(response.json())

    return send


def set_threshold(threshold: float) -> Change:
    return lambda entry, _: entry["digit_likeness"].update(threshold=threshold)


def remove_entry(entry: dict[str, Any], _: Path) -> None:
    del entry["digit_likeness"]


@pytest.mark.parametrize("path", PATHS)
def test_picture_above_the_threshold_is_a_digit(post: Callable[..., dict[str, Any]], path: str) -> None:
    body = post(path, set_threshold(0.0))
    assert 0.5 < body["digit_likeness"] <= 1
    assert body["is_digit"] is True
    assert "reason" not in body


@pytest.mark.parametrize("path", PATHS)
def test_picture_below_the_threshold_has_a_reason(post: Callable[..., dict[str, Any]], path: str) -> None:
    body = post(path, set_threshold(1.0))
    assert (body["is_digit"], body["reason"]) == (False, "not_a_digit")


@pytest.mark.parametrize("path", PATHS)
def test_bundle_without_digit_likeness_is_served_without_the_fields(
    post: Callable[..., dict[str, Any]], path: str
) -> None:
    assert FIELDS.isdisjoint(post(path, remove_entry))


def test_tree_answers_without_the_fields_if_the_network_cannot_be_loaded(post: Callable[..., dict[str, Any]]) -> None:
    body = post("/api/predict/tree", lambda _, folder: (folder / "mlp.onnx").unlink())
    assert body["digit"] == 7
    assert FIELDS.isdisjoint(body)


def test_missing_output_makes_the_model_unavailable(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BUNDLE, tmp_path / "models"))
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["models"]["mlp"]["digit_likeness"]["output"] = "other"
    (folder / MANIFEST).write_text(json.dumps(manifest))
    bundle = Bundle(folder)
    assert bundle.load().keys() == {"tree"}
    assert "other" in bundle.load_errors["mlp"]


@pytest.mark.parametrize("path", ["/api/predict_nn/", "/predict/", "/api/v2/models/mlp"])
def test_original_contract_and_open_inference_do_not_show_the_output(path: str) -> None:
    client = TestClient(create_app())
    response = client.get(path) if "v2" in path else client.post(path, json=DRAWING)
    assert response.status_code == 200
    assert "digit_likeness" not in response.text


def test_committed_network_has_the_output_after_its_probabilities() -> None:
    graph = onnx.load(Path(BUNDLE, "mlp.onnx")).graph
    assert [output.name for output in graph.output] == ["probabilities", "digit_likeness"]
