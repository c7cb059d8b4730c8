"""Functions that are measured beside ours give the same answer."""

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


def body(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["statusCode"] == 200, answer
    content: dict[str, Any] = json.loads(answer["body"])
    return content


def pixels(data_url: str) -> NDArray[np.uint8]:
    """What a PNG shows; two encoders may write the same picture differently."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data_url.partition(",")[2]))))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("model", ["mlp", "tree"])
def test_the_common_app_answers_as_ours_does(side: int, model: str) -> None:
    from benchmarks.function.reference_app import app

    event = seven_event(side, model)
    ours, common = body(handler(event, CONTEXT)), body(app.handler(event, CONTEXT))
    assert same(ours.pop("probabilities"), common.pop("probabilities"))
    assert (pixels(ours.pop("input")) == pixels(common.pop("input"))).all()
    assert ours == common


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Import the baselines as they are imported in the artifact: from its folder, with their own on the path."""
    monkeypatch.chdir(FUNCTIONS)
    monkeypatch.syspath_prepend(HERE)
    yield
    for name in ("bare_baseline", "fastapi_baseline"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("beside")
@pytest.mark.filterwarnings("ignore:The 'alias' attribute")  # pytest resets the filter that the module sets
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", ["bare_baseline", "fastapi_baseline"])
def test_baseline_recognizes_the_seven(name: str, side: int) -> None:
    answer = body(importlib.import_module(name).handler(seven_event(side), CONTEXT))
    assert answer["digit"] == 7
    assert len(answer["probabilities"]) == 10


def test_the_network_alone_sees_the_seven() -> None:
    small, large = (steps.session_run(seven_event(side))()[0][0] for side in SIDES)
    assert small.argmax() == large.argmax() == 7


@pytest.mark.usefixtures("beside")
def test_the_decoders_see_the_same_drawing() -> None:
    ours, pillow = steps.bare_decode(seven_event(280))(), steps.pillow_decode(seven_event(280))()
    assert ours.shape == pillow.shape == (28, 28)
    assert np.abs(ours.astype(int) - pillow).mean() < 8  # of 255 grey levels; filters differ


def answered(digit: int, *probabilities: float) -> dict[str, Any]:
    return {"statusCode": 200, "body": json.dumps({"digit": digit, "probabilities": probabilities})}


def test_answers_that_agree_are_accepted() -> None:
    check({"ours": answered(7, 0.1, 0.9), "common": answered(7, 0.1 + 1e-8, 0.9), "session.run": [[0.1, 0.9]]})


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ({"ours": answered(7, 0.1, 0.9), "common": answered(7, 0.2, 0.8)}, "common answers otherwise than ours"),
        ({"ours": answered(7, 1), "bare": answered(1, 1)}, "bare does not see the drawn seven"),
    ],
)
def test_answers_that_differ_are_refused(answers: dict[str, Any], fault: str) -> None:
    with pytest.raises(BenchmarkError, match=fault):
        check(answers)
