"""A drawn digit, asked about: what the page sends, and what it shows of the answer."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.drawing import SEVEN, draw
from tests.browser.reading import ask, cards, expect_words

INVITATION = "Draw one digit, 0 to 9, then press Predict."
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="


def prediction(model: str, digit: int, probability: float = 1.0) -> dict[str, Any]:
    rest = (1 - probability) / 9
    return {"model": model, "digit": digit, "probabilities": [probability if d == digit else rest for d in range(10)]}


def compare(page: Page, *predictions: dict[str, Any]) -> None:
    """Let the API give this answer to whoever asks both."""
    answer = {"input": PIXEL, "predictions": predictions}
    page.route("**/api/compare", lambda route: route.fulfill(json=answer))


@pytest.mark.parametrize(("choice", "name"), [("Decision tree", "decision tree"), ("Neural network", "neural network")])
def test_one_model_answers_a_drawn_seven(page: Page, choice: str, name: str) -> None:
    draw(page, SEVEN)
    ask(page, choice)
    expect(page.get_by_role("status")).to_contain_text(f"The {name} says 7, ")
    assert [(card.title, card.digit) for card in cards(page)] == [(choice, "7")]


def test_both_models_answer_a_drawn_seven(page: Page) -> None:
    draw(page, SEVEN)
    ask(page, "Both")
    expect_words(page, "Both models say 7.")
    assert [(card.title, card.digit) for card in cards(page)] == [("Decision tree", "7"), ("Neural network", "7")]


def test_charts_and_picture_are_those_of_the_answer(page: Page) -> None:
    draw(page, SEVEN)
    with page.expect_response("**/api/compare") as response:
        ask(page, "Both")
    answer = response.value.json()
    expect_words(page, "Both models say 7.")
    expected = {prediction["model"]: prediction["probabilities"] for prediction in answer["predictions"]}
    for card, model in zip(cards(page), ("tree", "mlp"), strict=True):
        assert card.bars == pytest.approx(expected[model], abs=0.02)
        assert [float(n.strip(">%")) for n in card.numbers] == pytest.approx(
            [p * 100 for p in expected[model]], abs=0.1
        )
    seen = page.get_by_role("img", name="The drawing as the models see it")
    assert seen.get_attribute("src") == answer["input"]
    assert seen.evaluate("i => [i.naturalWidth, i.naturalHeight, i.width, getComputedStyle(i).imageRendering]") == [
        28,
        28,
        112,
        "pixelated",
    ]


@pytest.mark.parametrize(
    ("probability", "written"),
    [(1.0, "100.0%"), (0.9999, ">99.9%"), (0.9994, "99.9%"), (0.98, "98.0%"), (0.1, "10.0%")],
)
def test_probabilities_are_written_with_one_decimal(page: Page, probability: float, written: str) -> None:
    compare(page, prediction("mlp", 7, probability), prediction("tree", 7, probability))
    draw(page, SEVEN)
    ask(page, "Both")
    expect_words(page, "Both models say 7.")
    assert [card.numbers[7] for card in cards(page)] == [written, written]
    page.get_by_role("radio", name="Decision tree").check()
    expect_words(page, f"The decision tree says 7, {written.replace('>', 'more than ')} sure.")


def test_sentence_says_where_the_models_differ(page: Page) -> None:
    compare(page, prediction("mlp", 7), prediction("tree", 1))
    draw(page, SEVEN)
    ask(page, "Both")
    expect_words(page, "They differ: the decision tree says 1, the neural network says 7.")
    assert [card.digit for card in cards(page)] == ["1", "7"]


def test_choosing_another_model_keeps_what_is_known(page: Page) -> None:
    draw(page, SEVEN)
    ask(page, "Neural network")
    expect(page.get_by_role("status")).to_contain_text("The neural network says 7")
    page.get_by_role("radio", name="Both").check()
    expect_words(page, "Press Predict to ask both models.")
    assert [card.digit for card in cards(page)] == ["", "7"]


def test_changed_drawing_withdraws_the_verdict(page: Page) -> None:
    draw(page, SEVEN)
    ask(page, "Both")
    expect_words(page, "Both models say 7.")
    draw(page, [[(0.2, 0.5), (0.8, 0.5)]])
    expect_words(page, "Press Predict to ask both models.")
    expect(page.locator("#answer")).to_have_class("stale")
    ask(page, "Neural network")
    expect(page.get_by_role("status")).to_contain_text("The neural network says")
    page.get_by_role("radio", name="Both").check()
    assert cards(page)[0].digit == ""  # the tree has not seen this drawing


def test_clear_leaves_nothing(page: Page) -> None:
    before = cards(page)
    draw(page, SEVEN)
    ask(page, "Both")
    expect_words(page, "Both models say 7.")
    page.get_by_role("button", name="Clear").click()
    expect_words(page, INVITATION)
    assert cards(page) == before
    assert before[0].digit == ""
    assert before[0].numbers == [""] * 10
    expect(page.get_by_role("img", name="The drawing as the models see it")).to_be_hidden()


def test_older_answer_never_replaces_a_newer_one(page: Page) -> None:
    held: list[Route] = []
    page.route("**/api/compare", lambda route: held.append(route))
    draw(page, SEVEN)
    ask(page, "Both")
    page.wait_for_function("document.querySelector('#answer').ariaBusy === 'true'")
    ask(page, "Both")
    while len(held) < 2:
        page.wait_for_timeout(10)
    for route, digit in zip(reversed(held), (3, 8), strict=True):
        route.fulfill(json={"input": PIXEL, "predictions": [prediction("mlp", digit), prediction("tree", digit)]})
    expect_words(page, "Both models say 3.")
    page.wait_for_timeout(200)
    expect_words(page, "Both models say 3.")


@pytest.mark.parametrize("change", ["clear", "draw", "choose"])
def test_answer_to_a_withdrawn_question_is_not_shown(page: Page, change: str) -> None:
    held: list[Route] = []
    page.route("**/api/compare", lambda route: held.append(route))
    draw(page, SEVEN)
    with page.expect_request("**/api/compare"):
        ask(page, "Both")
    match change:
        case "clear":
            page.get_by_role("button", name="Clear").click()
        case "draw":
            draw(page, [[(0.2, 0.5), (0.8, 0.5)]])
        case "choose":
            page.get_by_role("radio", name="Decision tree").check()
    before = page.get_by_role("status").text_content()
    held[0].fulfill(json={"input": PIXEL, "predictions": [prediction("mlp", 8), prediction("tree", 8)]})
    page.wait_for_timeout(300)
    assert page.get_by_role("status").text_content() == before
    assert {card.digit for card in cards(page)} == {""}
    assert page.locator("#answer").get_attribute("aria-busy") == "false"


def test_one_small_json_request_carries_the_drawing(page: Page) -> None:
    draw(page, SEVEN)
    with page.expect_request("**/api/**") as request:
        ask(page, "Neural network")
    assert (request.value.method, request.value.url.partition("/api")[2]) == ("POST", "/predict/mlp")
    assert request.value.header_value("content-type") == "application/json"
    body = request.value.post_data or ""
    assert list(json.loads(body)) == ["drawing_data"]
    assert len(body) < 20_000
