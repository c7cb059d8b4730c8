import base64
import io
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from digits.registry import BUNDLE
from evaluation.api import classify, open_client
from evaluation.pictures.measure import measure

PICTURE = Image.new("L", (280, 280))
INPUT = "data:image/png;base64,aW5wdXQ="


class FakeClient:
    """Answers with the given responses, one after the other: (digit, confidence, is_digit); None is an error."""

    def __init__(self, *answers: tuple[int, float, bool | None] | None) -> None:
        self.answers = list(answers)

    def post(self, *_: object, **__: object) -> httpx2.Response:
        answer = self.answers.pop(0)
        request = httpx2.Request("POST", "http://test")
        if answer is None:
            return httpx2.Response(422, json={"type": "urn:digits:nothing-drawn"}, request=request)
        digit, confidence, is_digit = answer
        probabilities = [confidence if digit == one else (1 - confidence) / 9 for one in range(10)]
        predictions = [{"model": model, "probabilities": probabilities} for model in ("mlp", "tree")]
        content: dict[str, Any] = {"input": INPUT, "predictions": predictions}
        return httpx2.Response(
            200, json=content if is_digit is None else content | {"is_digit": is_digit}, request=request
        )


def measured(name: str, *answers: tuple[int, float, bool | None] | None) -> Any:
    return measure(name, [(3, PICTURE)] * len(answers), FakeClient(*answers))  # type: ignore[arg-type]


def test_answers_are_counted() -> None:
    result = measured("canvas", (3, 0.99, None), (4, 0.95, None), (4, 0.6, None), None)
    assert result["right"] == {"mlp": 0.25, "tree": 0.25}
    assert result["surely_wrong"] == {"mlp": 0.25, "tree": 0.25}
    assert (result["refused"], result["flagged"], result["pictures"]) == (0.25, 0, 4)
    assert result["input"] is None  # the example is the last picture, which is refused


def test_flagged_answer_is_not_surely_wrong() -> None:
    result = measured("canvas", (4, 0.95, False), (4, 0.95, True))
    assert (result["flagged"], result["surely_wrong"]["mlp"]) == (0.5, 0.5)
    assert result["input"] == "aW5wdXQ="


def test_no_answer_to_a_non_digit_is_right() -> None:
    result = measured("scribble", (3, 0.95, None), (3, 0.5, None))
    assert (result["right"]["mlp"], result["surely_wrong"]["tree"], result["is_digit"]) == (0, 0.5, False)


def test_example_is_a_small_webp() -> None:
    example = base64.b64decode(measured("canvas", (3, 0.9, None))["example"])
    with Image.open(io.BytesIO(example)) as image:
        assert (image.format, image.size) == ("WEBP", (84, 84))


@pytest.mark.slow
def test_application_refuses_an_empty_picture_and_answers_a_stroke() -> None:
    client = open_client(Path(BUNDLE))
    picture = PICTURE.copy()
    file, blank = io.BytesIO(), io.BytesIO()
    picture.save(blank, "PNG")
    picture.paste(255, (130, 60, 150, 220))
    picture.save(file, "PNG")
    assert classify(client, blank.getvalue()).digit("mlp") is None
    answer = classify(client, file.getvalue())
    assert (answer.digit("mlp"), answer.digit("tree")) == (1, 1)
    assert answer.confidence("mlp") > 0.5
    assert answer.input
    with Image.open(io.BytesIO(base64.b64decode(answer.input))) as seen:
        assert seen.size == (28, 28)
