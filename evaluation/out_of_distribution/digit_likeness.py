"""The score of the API that tells digits from other pictures: flagged digits against flagged other pictures."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digits.errors import NothingDrawn
from digits.preprocess import normalize
from evaluation.onnx_model import OnnxModel
from evaluation.out_of_distribution import kinds
from evaluation.pictures.kinds import KINDS, make
from evaluation.schema import DigitLikeness, ImageKind, LikenessOutput
from evaluation.strokes.files import Digit
from training.dataset import Images

CANVAS_DIGITS = 10  # times as many as pictures of each other kind
OTHERS: tuple[ImageKind, ...] = ("letters", "noise")  # beside the pictures that are not one digit
SHARES = np.concatenate(([0], np.geomspace(1e-3, 0.1, 21)))  # of the digits, flagged at the thresholds of the curve
REFUSED = -1.0  # the score of a picture in which no digit is found: flagged at each threshold

type Scores = NDArray[np.float64]  # (n,), 0..1, higher for pictures that resemble a digit more


def measure(mlp: OnnxModel, output: LikenessOutput, test: Images, digits: Sequence[Digit], count: int) -> DigitLikeness:
    """Score canvas drawings of recorded digits, and `count` pictures of each kind that is not a digit.

    test: images (n, 28, 28) whose pixels are shuffled for noise
    """
    pictures = {name: count for name, kind in KINDS.items() if not kind.is_digit}
    scores = {name: _scores(mlp, output, _inputs(name, digits, n)) for name, n in pictures.items()}
    scores |= {name: _scores(mlp, output, list(kinds.make(name, count, test))) for name in OTHERS}
    canvas = _scores(mlp, output, _inputs("canvas", digits, CANVAS_DIGITS * count))
    thresholds = np.quantile(canvas, SHARES)
    by_kind = {"digits": canvas} | {_title(name): each for name, each in scores.items()}
    return {
        "threshold": output["threshold"],
        "images": {name: len(each) for name, each in by_kind.items()},
        "thresholds": thresholds.tolist(),
        "flagged": {name: [_below(each, one) for one in thresholds] for name, each in by_kind.items()},
        "at_threshold": {name: _below(each, output["threshold"]) for name, each in by_kind.items()},
    }


def _inputs(name: str, digits: Sequence[Digit], count: int) -> list[Images | None]:
    """Make pictures of a kind. Returns the models' inputs (28, 28), None of a refused picture."""
    return list(_normalized(picture for _, picture in make(name, digits, count)))


def _normalized(pictures: Iterator[Image.Image]) -> Iterator[Images | None]:
    for picture in pictures:
        try:
            yield normalize(picture)
        except NothingDrawn:
            yield None


def _scores(mlp: OnnxModel, output: LikenessOutput, inputs: Sequence[Images | None]) -> Scores:
    has_digit = [image is not None for image in inputs]
    scores = np.full(len(inputs), REFUSED)
    if any(has_digit):
        scores[has_digit] = mlp.run(output["output"], np.stack([image for image in inputs if image is not None]))
    return scores


def _below(scores: Scores, threshold: float) -> float:
    return float((scores < threshold).mean())


def _title(name: str) -> str:
    return KINDS[name].title.lower() if name in KINDS else name
