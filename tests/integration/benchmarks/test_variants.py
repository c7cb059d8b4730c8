"""Predictions of the variants of the function."""

import base64
import importlib
import io
import json
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from benchmarks.errors import BenchmarkError
from benchmarks.function import steps
from benchmarks.function.variants import FUNCTIONS, HERE, SIDES, seven_event
from benchmarks.function.warm_latency import check, same
from digits.app import handler

CONTEXT = SimpleNamespace(aws_request_id="test")


def body(response: dict[str, Any]) -> dict[str, Any]:
    assert response["statusCode"] == 200, response
    content: dict[str, Any] = json.loads(response["body"])
    return content


def pixels(data_url: str) -> NDArray[np.uint8]:
    """Decode the PNG: encoders may write the same pixels differently."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data_url.partition(",")[2]))))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("model", ["mlp", "tree"])
def test_reference_app_predicts_as_ours(side: int, model: str) -> None:
    from benchmarks.function.reference_app import app

    event = seven_event(side, model)
    ours, common = body(handler(event, CONTEXT)), body(app.handler(event, CONTEXT))
    assert same(ours.pop("probabilities"), common.pop("probabilities"))
    assert (pixels(ours.pop("input")) == pixels(common.pop("input"))).all()
    assert {name: ours[name] for name in common} == common  # the reference app has no digit likeness


@pytest.fixture
def baselines(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the baselines importable as in the artifact: from its folder, with theirs on the path."""
    monkeypatch.chdir(FUNCTIONS)
    monkeypatch.syspath_prepend(HERE)
    yield
    for name in ("bare_baseline", "fastapi_baseline"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("baselines")
@pytest.mark.filterwarnings("ignore:The 'alias' attribute")  # pytest resets the module's filter
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", ["bare_baseline", "fastapi_baseline"])
def test_baseline_recognizes_the_seven(name: str, side: int) -> None:
    prediction = body(importlib.import_module(name).handler(seven_event(side), CONTEXT))
    assert prediction["digit"] == 7
    assert len(prediction["probabilities"]) == 10


def test_session_run_predicts_seven() -> None:
    small, large = (steps.session_run(seven_event(side))()[0][0] for side in SIDES)
    assert small.argmax() == large.argmax() == 7


@pytest.mark.usefixtures("baselines")
def test_decoders_return_similar_pixels() -> None:
    ours, pillow = steps.bare_decode(seven_event(280))(), steps.pillow_decode(seven_event(280))()
    assert ours.shape == pillow.shape == (28, 28)
    assert np.abs(ours.astype(int) - pillow).mean() < 8  # of 255 gray levels; filters differ


def response(digit: int, *probabilities: float) -> dict[str, Any]:
    return {"statusCode": 200, "body": json.dumps({"digit": digit, "probabilities": probabilities})}


def test_equal_predictions_are_accepted() -> None:
    check({"ours": response(7, 0.1, 0.9), "common": response(7, 0.1 + 1e-8, 0.9), "session.run": [[0.1, 0.9]]})


@pytest.mark.parametrize(
    ("responses", "message"),
    [
        ({"ours": response(7, 0.1, 0.9), "common": response(7, 0.2, 0.8)}, "common differs from ours"),
        ({"ours": response(7, 1), "bare": response(1, 1)}, "bare does not classify the drawn seven as 7"),
    ],
)
def test_different_predictions_raise(responses: dict[str, Any], message: str) -> None:
    with pytest.raises(BenchmarkError, match=message):
        check(responses)
