"""What is measured beside ours gives the same answer."""

import base64
import io
import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from digits.app import handler
from tests.bench import steps
from tests.bench.fault import Fault
from tests.bench.variants import SIDES, drawn
from tests.bench.warm import check, same
from tests.template import ROOT

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
    from tests.bench.usual import app

    event = drawn(side, model)
    ours, common = body(handler(event, CONTEXT)), body(app.handler(event, CONTEXT))
    assert same(ours.pop("probabilities"), common.pop("probabilities"))
    assert (pixels(ours.pop("input")) == pixels(common.pop("input"))).all()
    assert ours == common


@pytest.mark.parametrize("side", SIDES)
def test_the_floor_sees_the_seven(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "functions")  # as in the artifact
    from tests.bench import floor

    answer = body(floor.handler(drawn(side), CONTEXT))
    assert answer["digit"] == 7
    assert len(answer["probabilities"]) == 10


def test_the_network_alone_sees_the_seven() -> None:
    small, large = (steps.session_run(drawn(side))()[0][0] for side in SIDES)
    assert small.argmax() == large.argmax() == 7


def test_the_decoders_see_the_same_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "functions")
    monkeypatch.syspath_prepend(steps.__file__.removesuffix("steps.py"))  # where it runs, the floor is beside it
    ours, pillow = steps.floor_decode(drawn(280))(), steps.pillow_decode(drawn(280))()
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
        ({"ours": answered(7, 1), "floor": answered(1, 1)}, "floor does not see the drawn seven"),
    ],
)
def test_answers_that_differ_are_refused(answers: dict[str, Any], fault: str) -> None:
    with pytest.raises(Fault, match=fault):
        check(answers)
