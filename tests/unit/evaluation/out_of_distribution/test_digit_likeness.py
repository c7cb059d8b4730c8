from typing import Any

import numpy as np
import onnx.parser
import pytest

from evaluation.onnx_model import OnnxModel, load
from evaluation.out_of_distribution import digit_likeness
from evaluation.schema import LikenessOutput
from tests.unit.evaluation.pictures.test_kinds import DIGITS

OUTPUT: LikenessOutput = {"output": "digit_likeness", "threshold": 0.9}
COUNT = 5


@pytest.fixture(scope="module")
def model() -> OnnxModel:
    """A model whose score falls with the amount of ink: from 1 of a blank picture to 0 of one without paper."""
    source = onnx.parser.parse_model("""
        <ir_version: 10, opset_import: ["" : 18]>
        likeness (uint8[n, 28, 28] images) => (float[n] digit_likeness)
        <float full = {-255.0}, float one = {1.0}, int64[2] axes = {1, 2}> {
            pixels = Cast<to = 1>(images)
            mean = ReduceMean<keepdims = 0>(pixels, axes)
            share = Div(mean, full)
            digit_likeness = Add(share, one)
        }
    """)
    return load("mlp", "fake", source.SerializeToString(), {})


@pytest.fixture(scope="module")
def measured(model: OnnxModel) -> Any:
    test = np.tile(np.array([[0, 255], [255, 255]], np.uint8), (5, 14, 14))
    return digit_likeness.measure(model, OUTPUT, test, DIGITS, COUNT)


def test_curve_starts_with_no_flagged_digit_and_rises(measured: Any) -> None:
    assert measured["flagged"]["digits"][0] == 0
    assert measured["flagged"]["digits"][-1] == pytest.approx(0.1, abs=0.03)
    for shares in measured["flagged"].values():
        assert len(shares) == len(measured["thresholds"])
        assert shares == sorted(shares)


def test_kinds_are_the_non_digits_and_others(measured: Any) -> None:
    assert list(measured["images"]) == ["digits", "two digits", "encircled digit", "scribble", "letters", "noise"]
    assert measured["images"]["digits"] == 10 * COUNT
    assert {measured["images"][kind] for kind in ("two digits", "letters")} == {COUNT}


def test_share_at_the_threshold_of_the_api_is_on_the_curve(measured: Any) -> None:
    assert measured["threshold"] == OUTPUT["threshold"]
    for kind, share in measured["at_threshold"].items():
        curve = list(zip(measured["thresholds"], measured["flagged"][kind], strict=True))
        assert max((flagged for threshold, flagged in curve if threshold <= 0.9), default=0) <= share
        assert min((flagged for threshold, flagged in curve if threshold >= 0.9), default=1) >= share


def test_scores_below_the_threshold_are_flagged() -> None:
    assert digit_likeness._below(np.array([0.2, 0.5, 0.9, 1.0]), 0.5) == 0.25


def test_refused_picture_is_flagged_at_each_threshold(model: OnnxModel) -> None:
    scores = digit_likeness._scores(model, OUTPUT, [None, np.zeros((28, 28), np.uint8)])
    assert scores.tolist() == [-1, 1]
