"""A drawn digit, asked about: when the page asks, what it sends, and what it shows of the answer."""

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.reading import answer_by_hand, ask, cards, expect_words

INVITATION = "Draw one digit, 0 to 9."
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="


def prediction(model: str, digit: int, probability: float = 1.0) -> dict[str, Any]:
    rest = (1 - probability) / 9
    probabilities = [probability if d == digit else rest for d in range(10)]
    return {"model": model, "version": f"{model}-version", "digit": digit, "probabilities": probabilities}


def compare(page: Page, *predictions: dict[str, Any]) -> None:
    """Let the API give this answer to whoever asks both."""
    answer = {"input": PIXEL, "predictions": predictions}
    page.route("**/api/compare", lambda route: route.fulfill(json=answer))


def hold(page: Page) -> list[Route]:
    """Keep every question to both models unanswered; the list grows by each."""
    held: list[Route] = []
    page.route("**/api/compare", lambda route: held.append(route))
    return held


def wait_for(page: Page, held: list[Route], count: int) -> None:
    while len(held) < count:
        page.wait_for_timeout(10)


STROKE = [[(0.2, 0.5), (0.8, 0.5)]]


def test_both_models_answer_at_pen_up(page: Page) -> None:
    draw(page, SEVEN)
    expect_words(page, "Both models say 7.")
    assert [(card.title, card.digit) for card in cards(page)] == [("Decision tree", "7"), ("Neural network", "7")]


@pytest.mark.parametrize(("choice", "name"), [("Decision tree", "decision tree"), ("Neural network", "neural network")])
def test_one_model_answers_when_it_alone_is_chosen(page: Page, choice: str, name: str) -> None:
    page.get_by_role("radio", name=choice).check()
    draw(page, SEVEN)
    expect_words(page, re.compile(f"^The {name} says 7, .*% sure.$"))
    assert [(card.title, card.digit) for card in cards(page)] == [(choice, "7")]


def test_function_is_woken_while_the_first_stroke_is_drawn(page: Page) -> None:
    page.evaluate(RECORD)
    draw(page, SEVEN)
    expect_words(page, "Both models say 7.")
    draw(page, STROKE)
    expect_words(page, re.compile("say"))
    assert [path for path, _ in page.evaluate("asked")] == ["/api/health", "/api/compare", "/api/compare"]


def test_switched_off_it_waits_for_predict_and_remembers(page: Page) -> None:
    answer_by_hand(page)
    page.reload()
    held = hold(page)
    draw(page, SEVEN)
    expect_words(page, "Press Predict to ask both models.")
    assert held == []
    page.unroute("**/api/compare")
    page.get_by_role("button", name="Predict").click()
    expect_words(page, "Both models say 7.")
    page.get_by_role("switch", name="Answer as I draw").check()
    draw(page, STROKE)
    expect_words(page, re.compile("say"))


def test_at_most_four_questions_a_second_and_the_last_one_is_answered(page: Page) -> None:
    page.evaluate(RECORD)
    for row in range(8):
        draw(page, [[(0.3, 0.2 + row / 20), (0.7, 0.2 + row / 20)]])
        page.wait_for_timeout(60)
    expect_words(page, re.compile("say"))
    times = [at for path, at in page.evaluate("asked") if path == "/api/compare"]
    assert len(times) >= 2
    assert min(later - earlier for earlier, later in pairwise(times)) >= 248  # milliseconds; timers may be early by one
    assert page.evaluate("document.querySelector('#answer').classList.contains('stale')") is False


def test_charts_and_picture_are_those_of_the_answer(page: Page) -> None:
    with page.expect_response("**/api/compare") as response:
        draw(page, SEVEN)
    answer = response.value.json()
    expect_words(page, "Both models say 7.")
    expected = {prediction["model"]: prediction["probabilities"] for prediction in answer["predictions"]}
    for card, model in zip(cards(page), ("tree", "mlp"), strict=True):
        assert card.bars == pytest.approx(expected[model], abs=0.02)
        assert [float(n.strip(">%")) for n in card.numbers] == pytest.approx(
            [p * 100 for p in expected[model]], abs=0.1
        )
    seen = page.get_by_role("img", name="Your drawing, centred and scaled")
    assert seen.get_attribute("src") == answer["input"]
    shown = seen.evaluate("i => [i.naturalWidth, i.naturalHeight, i.width, getComputedStyle(i).imageRendering]")
    assert shown == [28, 28, 112, "pixelated"]


def test_milliseconds_and_versions_are_those_of_the_answer(page: Page) -> None:
    answer = {"input": PIXEL, "predictions": [prediction("tree", 7), prediction("mlp", 7)]}
    timing = "decode;dur=0.314, normalize;dur=12.34, run;dur=0.1"
    page.route("**/api/compare", lambda route: route.fulfill(json=answer, headers={"Server-Timing": timing}))
    draw(page, SEVEN)
    expect_words(page, "Both models say 7.")
    facts = dict(page.evaluate(FACTS))
    assert [facts[name] for name in ("decode", "normalize", "run")] == ["0.31 ms", "12 ms", "0.1 ms"]
    assert re.fullmatch(r"[\d.]+ ms", facts["there and back"])
    assert (facts["Decision tree"], facts["Neural network"]) == ("tree-version", "mlp-version")


@pytest.mark.parametrize(
    ("probability", "written"),
    [(1.0, ">99.9%"), (0.9999, ">99.9%"), (0.9994, "99.9%"), (0.98, "98.0%"), (0.1, "10.0%")],
)
def test_probabilities_are_written_with_one_decimal(page: Page, probability: float, written: str) -> None:
    compare(page, prediction("mlp", 7, probability), prediction("tree", 7, probability))
    draw(page, SEVEN)
    expect_words(page, "Both models say 7.")
    assert [card.numbers[7] for card in cards(page)] == [written, written]
    page.get_by_role("radio", name="Decision tree").check()
    expect_words(page, f"The decision tree says 7, {written.replace('>', 'more than ')} sure.")


@pytest.mark.parametrize(
    ("tree", "mlp", "verdict", "detail"),
    [
        ((7, 0.999), (7, 0.99), "Both models say 7.", "Both are sure: 99.9% and 99.0%."),
        ((7, 0.99), (7, 0.99), "Both models say 7.", "Both are sure: 99.0%."),
        ((7, 0.41), (7, 0.4), "Both models say 7.", "Neither is sure: 41.0% and 40.0%."),
        (
            (7, 0.55),
            (7, 1 - 1e-4),
            "Both models say 7.",
            "The neural network is the surer one: more than 99.9% against 55.0%.",
        ),
        (
            (1, 0.82),
            (7, 0.91),
            "They differ: the decision tree says 1, the neural network says 7.",
            "The decision tree gives 2.0% to the 7. The neural network gives 1.0% to the 1.",
        ),
    ],
)
def test_sentences_say_where_the_models_differ(
    page: Page, tree: tuple[int, float], mlp: tuple[int, float], verdict: str, detail: str
) -> None:
    compare(page, prediction("tree", *tree), prediction("mlp", *mlp))
    draw(page, SEVEN)
    expect_words(page, verdict)
    expect(page.locator("#detail")).to_have_text(detail)
    assert [card.digit for card in cards(page)] == [str(tree[0]), str(mlp[0])]


def test_one_model_says_what_comes_next(page: Page) -> None:
    answer = {"input": PIXEL, **prediction("tree", 7, 0.55), "probabilities": [0, 0.25, 0, 0, 0, 0, 0.2, 0.55, 0, 0]}
    page.route("**/api/predict/tree", lambda route: route.fulfill(json=answer))
    page.get_by_role("radio", name="Decision tree").check()
    draw(page, SEVEN)
    expect_words(page, "The decision tree says 7, 55.0% sure.")
    expect(page.locator("#detail")).to_have_text("Next comes 1, with 25.0%.")


def test_choosing_another_model_asks_only_for_what_is_not_known(page: Page) -> None:
    draw(page, SEVEN)
    expect_words(page, "Both models say 7.")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("radio", name="Neural network").check()
    expect_words(page, re.compile("^The neural network says 7"))
    page.wait_for_timeout(300)  # longer than the pace at which the page asks
    assert asked == []
    page.get_by_role("button", name="Clear").click()
    draw(page, SEVEN)
    expect_words(page, re.compile("^The neural network says 7"))
    page.get_by_role("radio", name="Both").check()
    expect_words(page, "Both models say 7.")
    assert [url.partition("/api")[2] for url in asked] == ["/predict/mlp", "/compare"]


def test_changed_drawing_withdraws_the_verdict(manual: Page) -> None:
    draw(manual, SEVEN)
    ask(manual, "Both")
    expect_words(manual, "Both models say 7.")
    draw(manual, STROKE)
    expect_words(manual, "Press Predict to ask both models.")
    expect(manual.locator("#answer")).to_have_class("stale")
    ask(manual, "Neural network")
    expect_words(manual, re.compile("^The neural network says"))
    manual.get_by_role("radio", name="Both").check()
    assert cards(manual)[0].digit == ""  # the tree has not seen this drawing


def test_clear_leaves_nothing(page: Page) -> None:
    before = cards(page)
    draw(page, SEVEN)
    expect_words(page, "Both models say 7.")
    page.get_by_role("button", name="Clear").click()
    expect_words(page, INVITATION)
    assert cards(page) == before
    assert before[0].digit == ""
    assert before[0].numbers == [""] * 10
    expect(page.get_by_role("img", name="Your drawing, centred and scaled")).to_be_hidden()


def test_older_answer_never_replaces_a_newer_one(page: Page) -> None:
    held = hold(page)
    draw(page, SEVEN)
    wait_for(page, held, 1)
    draw(page, STROKE)
    wait_for(page, held, 2)
    for route, digit in zip(reversed(held), (3, 8), strict=True):
        route.fulfill(json={"input": PIXEL, "predictions": [prediction("tree", digit), prediction("mlp", digit)]})
    expect_words(page, "Both models say 3.")
    page.wait_for_timeout(200)
    expect_words(page, "Both models say 3.")


@pytest.mark.parametrize("change", ["clear", "draw", "choose"])
def test_answer_to_a_withdrawn_question_is_not_shown(manual: Page, change: str) -> None:
    held = hold(manual)
    draw(manual, SEVEN)
    with manual.expect_event("requestfailed") as withdrawn:
        ask(manual, "Both")
        wait_for(manual, held, 1)
        match change:
            case "clear":
                manual.get_by_role("button", name="Clear").click()
            case "draw":
                draw(manual, STROKE)
            case "choose":
                manual.get_by_role("radio", name="Decision tree").check()
    assert "ABORTED" in (withdrawn.value.failure or "")
    before = manual.locator("#status").text_content()
    held[0].fulfill(json={"input": PIXEL, "predictions": [prediction("tree", 8), prediction("mlp", 8)]})
    manual.wait_for_timeout(300)
    assert manual.locator("#status").text_content() == before
    assert {card.digit for card in cards(manual)} == {""}
    assert manual.locator("#answer").get_attribute("aria-busy") == "false"


def test_one_small_json_request_carries_the_drawing(page: Page) -> None:
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
  window.asked = [];
  window.fetch = (path, options) => {
    asked.push([path, performance.now()]);
    return original(path, options);
  };
}"""
FACTS = """() => [...document.querySelectorAll("#facts div")]
  .map((pair) => [...pair.children].map((part) => part.textContent))"""
