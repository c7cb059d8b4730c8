"""Links to a drawing: strokes in the fragment of an address, encoded and decoded by Node.js."""

import json
import subprocess
from typing import Any

import pytest

from supply.npm.packages import NODE
from tests.unit.frontend.test_constants import FRONTEND

STROKES = [[[0.1, 0.2, 0.07], [0.5, -0.1, 0.07], [1.25, 0.9, 0.042]], [[0.5, 0.5, 0.07]]]


def run(expression: str, value: Any) -> Any:
    """Evaluate a JavaScript expression of `link`, the module, and `value`."""
    script = (
        "const [, url, value] = process.argv;"
        f"import(url).then((link) => console.log(JSON.stringify((value => {expression})(JSON.parse(value)))))"
    )
    command = [str(NODE), "-e", script, (FRONTEND / "canvas" / "link.js").as_uri(), json.dumps(value)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def encode(strokes: list[list[list[float]]]) -> str:
    points = "value.map((stroke) => stroke.map(([x, y, width]) => ({ x, y, width })))"
    return str(run(f"link.encodeStrokes({points})", strokes))


def decode(fragment: str) -> list[list[list[float]]]:
    strokes = "link.decodeStrokes(value).map((stroke) => stroke.map(({ x, y, width }) => [x, y, width]))"
    decoded: list[list[list[float]]] = run(strokes, fragment)
    return decoded


def test_decoded_strokes_equal_the_encoded_ones() -> None:
    assert decode(encode(STROKES)) == STROKES


def test_coordinates_are_rounded_to_a_thousandth() -> None:
    assert decode(encode([[[0.12345, 0.5, 0.07]]])) == [[[0.123, 0.5, 0.07]]]


def test_hundred_points_take_less_than_500_characters() -> None:
    line = [[[i / 100, i * i / 10_000, 0.07] for i in range(100)]]
    fragment = encode(line)
    assert fragment.startswith("#strokes=")
    assert len(fragment) < 500
    assert set(fragment.removeprefix("#strokes=")).isdisjoint("+/=%")


@pytest.mark.parametrize(
    "fragment",
    ["", "#explanation", "#strokes=", "#strokes=%%%", "#strokes=AA", "#strokes=_____w", encode(STROKES)[:-3]],
    ids=["none", "other", "empty", "not-base64", "no-points", "endless", "cut-off"],
)
def test_other_fragment_has_no_strokes(fragment: str) -> None:
    assert decode(fragment) == []


@pytest.mark.parametrize("point", [[40.0, 0.5, 0.07], [0.5, -40.0, 0.07], [0.5, 0.5, 0.0], [0.5, 0.5, 2.0]])
def test_point_far_away_or_of_impossible_width_has_no_strokes(point: list[float]) -> None:
    assert decode(encode([[point]])) == []
