"""Answers of the API to each kind of picture: right, surely wrong, refused, flagged as not a digit."""

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from evaluation.api import Answer, classify
from evaluation.pictures.kinds import KINDS, encode
from evaluation.schema import KINDS as MODELS
from evaluation.schema import Kind, PictureKind

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

COUNT = 100  # pictures of each kind
QUICK_COUNT = 10
SURE = 0.9  # confidence above which people take a prediction for certain
EXAMPLE = 3  # number of the picture that the report shows: a three, or a zero where there are only zeros
THUMBNAIL = 84  # pixels, the longer side


def measure(name: str, pictures: Sequence[tuple[int, Image.Image]], client: "TestClient") -> PictureKind:
    """Send labeled pictures of a kind to the API."""
    kind = KINDS[name]
    answered = [(label, classify(client, encode(name, picture)[1])) for label, picture in pictures]
    answers = [answer for _, answer in answered]
    right = {model: [kind.is_digit and one.digit(model) == label for label, one in answered] for model in MODELS}
    example = min(EXAMPLE, len(pictures) - 1)
    return {
        "title": kind.title,
        "is_digit": kind.is_digit,
        "pictures": len(pictures),
        "right": {model: float(np.mean(each)) for model, each in right.items()},
        "surely_wrong": {model: _surely_wrong(answers, each, model) for model, each in right.items()},
        "refused": float(np.mean([not answer.probabilities for answer in answers])),
        "flagged": float(np.mean([not answer.is_digit for answer in answers])),
        "example": _thumbnail(pictures[example][1]),
        "input": answers[example].input,
    }


def _surely_wrong(answers: Sequence[Answer], right: Sequence[bool], model: Kind) -> float:
    """Return the share of wrong predictions of high confidence that are not flagged as no digit."""
    sure = [answer.is_digit and answer.confidence(model) > SURE for answer in answers]
    return float(np.mean(np.array(sure) & ~np.array(right)))


def _thumbnail(picture: Image.Image) -> str:
    """Encode a small WebP in base64."""
    small, file = picture.convert("RGBA" if picture.mode == "RGBA" else "RGB"), io.BytesIO()
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    small.save(file, "WEBP", quality=70, method=6)
    return base64.b64encode(file.getvalue()).decode()
