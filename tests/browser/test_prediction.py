"""Predictions of a drawn digit: when the page requests them, what it sends, and how it shows the response."""

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.page_state import cards, disable_auto_predict, expect_status, predict

BLANK = "Draw a digit from 0 to 9."
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="


def prediction(model: str, digit: int, probability: float = 1.0) -> dict[str, Any]:
    rest = (1 - probability) / 9
    probabilities = [probability if d == digit else rest for d in range(10)]
    return {"model": model, "version": f"{model}-version", "digit": digit, "probabilities": probabilities}


def mock_compare(page: Page, *predictions: dict[str, Any], **picture: Any) -> None:
    """Replace the response of /api/compare; `picture`: its fields of the picture."""
    response = {"input": PIXEL, "predictions": predictions, **picture}
    page.route("**/api/compare", lambda route: route.fulfill(json=response))


def hold(page: Page) -> list[Route]:
    """Leave every request for both models without a response; return the growing list of requests."""
    held: list[Route] = []
    page.route("**/api/compare", lambda route: held.append(route))
    return held


def wait_for(page: Page, held: list[Route], count: int) -> None:
    while len(held) < count:
        page.wait_for_timeout(10)


STROKE = [[(0.2, 0.5), (0.8, 0.5)]]
NEITHER = "Neither is sure: 82.0% and 71.0%."


def test_pen_up_predicts_with_both_models(page: Page) -> None:
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    assert [(card.title, card.digit) for card in cards(page)] == [("Decision tree", "7"), ("Neural network", "7")]


@pytest.mark.parametrize(("choice", "name"), [("Decision tree", "decision tree"), ("Neural network", "neural network")])
def test_selected_model_predicts_alone(page: Page, choice: str, name: str) -> None:
    page.get_by_role("radio", name=choice).check()
    draw(page, SEVEN)
    expect_status(page, re.compile(f"^The {name} says 7, .*% sure.$"))
    assert [(card.title, card.digit) for card in cards(page)] == [(choice, "7")]


def test_first_stroke_sends_a_warm_up_request(page: Page) -> None:
    page.evaluate(RECORD)
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    draw(page, STROKE)
    expect_status(page, re.compile("say"))
    paths = [path for path, _ in page.evaluate("requests") if path.startswith("/api/")]
    assert paths == ["/api/health", "/api/compare", "/api/compare"]


def test_disabled_auto_predict_is_remembered_after_reload(page: Page) -> None:
    disable_auto_predict(page)
    page.reload()
    held = hold(page)
    draw(page, SEVEN)
    expect_status(page, "Press Predict to get an answer.")
    assert held == []
    page.unroute("**/api/compare")
    page.get_by_role("button", name="Predict").click()
    expect_status(page, "Both models say 7.")
    page.get_by_role("switch", name="Answer as I draw").check()
    draw(page, STROKE)
    expect_status(page, re.compile("say"))


def test_requests_are_limited_to_four_a_second(page: Page) -> None:
    page.evaluate(RECORD)
    for row in range(8):
        draw(page, [[(0.3, 0.2 + row / 20), (0.7, 0.2 + row / 20)]])
        page.wait_for_timeout(60)
    expect_status(page, re.compile("say"))
    times = [at for path, at in page.evaluate("requests") if path == "/api/compare"]
    assert len(times) >= 2
    assert min(later - earlier for earlier, later in pairwise(times)) >= 248  # milliseconds; timers may be early by one
    assert page.evaluate("document.querySelector('#prediction').classList.contains('stale')") is False


def test_charts_and_input_image_equal_the_response(page: Page) -> None:
    with page.expect_response("**/api/compare") as response:
        draw(page, SEVEN)
    body = response.value.json()
    expect_status(page, "Both models say 7.")
    expected = {prediction["model"]: prediction["probabilities"] for prediction in body["predictions"]}
    for card, model in zip(cards(page), ("tree", "mlp"), strict=True):
        assert card.bars == pytest.approx(expected[model], abs=0.02)
        assert [float(n.strip("<>%")) for n in card.numbers] == pytest.approx(
            [p * 100 for p in expected[model]], abs=0.1
        )
    image = page.get_by_role("img", name="Your drawing, centered and scaled")
    assert image.get_attribute("src") == body["input"]
    shown = image.evaluate("i => [i.naturalWidth, i.naturalHeight, i.width, getComputedStyle(i).imageRendering]")
    assert shown == [28, 28, 112, "pixelated"]


def test_timings_and_versions_equal_the_response(page: Page) -> None:
    response = {"input": PIXEL, "predictions": [prediction("tree", 7), prediction("mlp", 7)]}
    timing = "decode;dur=0.314, normalize;dur=12.34, run;dur=0.1"
    page.route("**/api/compare", lambda route: route.fulfill(json=response, headers={"Server-Timing": timing}))
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    facts = dict(page.evaluate(FACTS))
    assert [facts[name] for name in ("decode", "normalize", "run")] == ["0.31 ms", "12 ms", "0.1 ms"]
    assert re.fullmatch(r"[\d.]+ ms", facts["round trip"])
    assert (facts["Decision tree"], facts["Neural network"]) == ("tree-version", "mlp-version")


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        *[(1.0, ">99.9%"), (0.9999, ">99.9%"), (0.9994, "99.9%"), (0.98, "98.0%"), (0.1, "10.0%")],
        *[(0.0005, "0.1%"), (0.0004, "<0.1%"), (0.0, "<0.1%")],
    ],
)
def test_probabilities_have_one_decimal(page: Page, probability: float, text: str) -> None:
    mock_compare(page, prediction("mlp", 7, probability), prediction("tree", 7, probability))
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    assert [card.numbers[7] for card in cards(page)] == [text, text]
    page.get_by_role("radio", name="Decision tree").check()
    expect_status(page, f"The decision tree says 7, {text.replace('>', 'more than ').replace('<', 'less than ')} sure.")


@pytest.mark.parametrize(
    ("tree", "mlp", "status", "detail"),
    [
        ((7, 0.999), (7, 0.99), "Both models say 7.", "Both are sure: 99.9% and 99.0%."),
        ((7, 0.99), (7, 0.99), "Both models say 7.", "Both are sure: 99.0%."),
        ((7, 0.41), (7, 0.4), "Both models say 7.", "Neither is sure: 41.0% and 40.0%."),
        (
            (7, 0.55),
            (7, 1 - 1e-4),
            "Both models say 7.",
            "The neural network is more confident (more than 99.9% vs 55.0%).",
        ),
        (
            (1, 0.82),
            (7, 0.91),
            "They disagree: the decision tree says 1, the neural network says 7.",
            "The decision tree is 82.0% sure, the neural network 91.0%.",
        ),
        ((1, 0.82), (7, 0.71), "They disagree: the decision tree says 1, the neural network says 7.", NEITHER),
        ((7, 0.82), (7, 0.71), "Both models say 7.", NEITHER),
    ],
)
def test_status_describes_agreement_and_confidence(
    page: Page, tree: tuple[int, float], mlp: tuple[int, float], status: str, detail: str
) -> None:
    mock_compare(page, prediction("tree", *tree), prediction("mlp", *mlp))
    draw(page, SEVEN)
    expect_status(page, status)
    expect(page.locator("#detail")).to_have_text(detail)
    assert [card.digit for card in cards(page)] == [str(tree[0]), str(mlp[0])]


def test_single_model_shows_its_second_guess(page: Page) -> None:
    response = {"input": PIXEL, **prediction("tree", 7, 0.55), "probabilities": [0, 0.25, 0, 0, 0, 0, 0.2, 0.55, 0, 0]}
    page.route("**/api/predict/tree", lambda route: route.fulfill(json=response))
    page.get_by_role("radio", name="Decision tree").check()
    draw(page, SEVEN)
    expect_status(page, "The decision tree says 7, 55.0% sure.")
    expect(page.locator("#detail")).to_have_text("Not sure. Second guess: 1 (25.0%).")


def test_selecting_another_model_requests_only_missing_predictions(page: Page) -> None:
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url) if "/api/" in request.url else None)
    page.get_by_role("radio", name="Neural network").check()
    expect_status(page, re.compile("^The neural network says 7"))
    page.wait_for_timeout(300)  # longer than the request interval
    assert requested == []
    page.get_by_role("button", name="Clear").click()
    draw(page, SEVEN)
    expect_status(page, re.compile("^The neural network says 7"))
    page.get_by_role("radio", name="Both").check()
    expect_status(page, "Both models say 7.")
    assert [url.partition("/api")[2] for url in requested] == ["/predict/mlp", "/compare"]


def test_changed_drawing_marks_the_prediction_stale(manual: Page) -> None:
    draw(manual, SEVEN)
    predict(manual, "Both")
    expect_status(manual, "Both models say 7.")
    draw(manual, STROKE)
    expect_status(manual, "Press Predict to get an answer.")
    expect(manual.locator("#prediction")).to_have_class("stale")
    predict(manual, "Neural network")
    expect_status(manual, re.compile("^The neural network says"))
    manual.get_by_role("radio", name="Both").check()
    assert cards(manual)[0].digit == ""  # no prediction of the tree for this drawing


def test_clear_removes_the_prediction(page: Page) -> None:
    before = cards(page)
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    page.get_by_role("button", name="Clear").click()
    expect_status(page, BLANK)
    assert cards(page) == before
    assert before[0].digit == ""
    assert before[0].numbers == [""] * 10
    expect(page.get_by_role("img", name="Your drawing, centered and scaled")).to_be_hidden()


def test_older_response_does_not_replace_a_newer_one(page: Page) -> None:
    held = hold(page)
    draw(page, SEVEN)
    wait_for(page, held, 1)
    draw(page, STROKE)
    wait_for(page, held, 2)
    for route, digit in zip(reversed(held), (3, 8), strict=True):
        route.fulfill(json={"input": PIXEL, "predictions": [prediction("tree", digit), prediction("mlp", digit)]})
    expect_status(page, "Both models say 3.")
    page.wait_for_timeout(200)
    expect_status(page, "Both models say 3.")


@pytest.mark.parametrize("change", ["clear", "draw", "choose"])
def test_response_to_an_aborted_request_is_ignored(manual: Page, change: str) -> None:
    held = hold(manual)
    draw(manual, SEVEN)
    with manual.expect_event("requestfailed") as failed:
        predict(manual, "Both")
        wait_for(manual, held, 1)
        match change:
            case "clear":
                manual.get_by_role("button", name="Clear").click()
            case "draw":
                draw(manual, STROKE)
            case "choose":
                manual.get_by_role("radio", name="Decision tree").check()
    assert "ABORTED" in (failed.value.failure or "")
    before = manual.locator("#status").text_content()
    held[0].fulfill(json={"input": PIXEL, "predictions": [prediction("tree", 8), prediction("mlp", 8)]})
    manual.wait_for_timeout(300)
    assert manual.locator("#status").text_content() == before
    assert {card.digit for card in cards(manual)} == {""}
    assert manual.locator("#prediction").get_attribute("aria-busy") == "false"


def test_request_is_small_json(page: Page) -> None:
    page.get_by_role("radio", name="Neural network").check()
    with page.expect_request("**/api/predict/**") as request:
        draw(page, SEVEN)
    assert (request.value.method, request.value.url.partition("/api")[2]) == ("POST", "/predict/mlp")
    assert request.value.header_value("content-type") == "application/json"
    body = request.value.post_data or ""
    assert list(json.loads(body)) == ["drawing_data"]
    assert len(body) < 20_000


RECORD = """() => {
  const original = window.fetch;
  window.requests = [];
  window.fetch = (path, options) => {
    requests.push([path, performance.now()]);
    return original(path, options);
  };
}"""
FACTS = """() => [...document.querySelectorAll("#facts div")]
  .map((pair) => [...pair.children].map((part) => part.textContent))"""


@pytest.mark.parametrize(
    ("fields", "notice"),
    [
        ({"is_digit": False, "reason": "several_digits"}, "This looks like more than one digit. Draw one at a time."),
        ({"is_digit": False, "reason": "not_a_digit"}, "This doesn't look like a digit."),
        ({"is_digit": False}, "This doesn't look like a digit."),
        ({"is_digit": True}, ""),
        ({}, ""),
    ],
)
def test_picture_that_is_not_one_digit_has_a_notice_beside_the_predictions(
    page: Page, fields: dict[str, Any], notice: str
) -> None:
    mock_compare(page, prediction("tree", 7), prediction("mlp", 7), **fields)
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    expect(page.locator("#notice")).to_have_text(notice)
    assert page.locator("#notice").get_attribute("role") == "status"
    assert [card.digit for card in cards(page)] == ["7", "7"]


def test_notice_ends_with_the_drawing(page: Page) -> None:
    mock_compare(page, prediction("tree", 7), prediction("mlp", 7), is_digit=False, reason="not_a_digit")
    draw(page, SEVEN)
    expect(page.locator("#notice")).not_to_be_empty()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#notice")).to_be_empty()
