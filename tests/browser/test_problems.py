"""Whatever keeps an answer from coming: the page says what to do, keeps the drawing, and works the next time."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.reading import answer_by_hand, ask, expect_words, ink

GARBLED = "The answer cannot be read: something between here and the server changed it."
UNREACHABLE = "The server cannot be reached. Check your connection, then try again."


def problem(status: int, detail: str, kind: str = "about:blank") -> dict[str, Any]:
    body = f'{{"type": "{kind}", "title": "Problem", "status": {status}, "detail": "{detail}"}}'
    return {"status": status, "content_type": "application/problem+json", "body": body}


def expect_kept_and_answered_again(page: Page) -> None:
    """The drawing is still there, the page says so, and its button asks again."""
    expect(page.locator("#detail")).to_have_text("Your drawing is kept.")
    assert ink(page, 0.5, 0.24)[3] == 255
    page.get_by_role("button", name="Try again").click()
    expect_words(page, "Both models say 7.")
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (problem(500, "Ours.", "urn:digits:fault"), "The server made a mistake, which is not your drawing's fault."),
        (problem(504, "The gateway gave up. Wait."), "The gateway gave up. Wait."),
        (
            {"status": 429, "json": {"message": "Too Many Requests"}},
            "Too many questions at once. Wait a few seconds, then try again.",
        ),
        ({"status": 502, "body": "<h1>Bad gateway</h1>"}, "The server cannot answer now (502)."),
        ({"status": 200, "body": "<h1>Pay for the wifi</h1>"}, GARBLED),
        ({"status": 200, "json": {"hello": "world"}}, GARBLED),
    ],
    ids=["500", "504", "429", "502", "not-json", "another-json"],
)
def test_what_may_pass_is_said_in_words_and_can_be_tried_again(
    page: Page, response: dict[str, Any], words: str
) -> None:
    page.route("**/api/compare", lambda route: route.fulfill(**response))
    draw(page, SEVEN)
    expect_words(page, words)
    page.unroute("**/api/compare")
    expect_kept_and_answered_again(page)


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (problem(418, "Tea only. Ask for tea."), "Tea only. Ask for tea."),
        (
            problem(422, "Empty.", "urn:digits:nothing-drawn"),
            "There is nothing to read yet. Draw one digit, 0 to 9, with a thick line.",
        ),
        (
            problem(413, "Too large.", "urn:digits:too-large"),
            "This picture is too large. Take a smaller one, or draw the digit.",
        ),
    ],
    ids=["unknown", "nothing-drawn", "too-large"],
)
def test_what_cannot_pass_is_not_offered_again(page: Page, response: dict[str, Any], words: str) -> None:
    page.route("**/api/compare", lambda route: route.fulfill(**response))
    draw(page, SEVEN)
    expect_words(page, words)
    expect(page.locator("#detail")).to_have_text("Your drawing is kept.")
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()


def test_no_network_is_said_and_the_drawing_kept(page: Page) -> None:
    page.context.set_offline(True)
    draw(page, SEVEN)
    expect_words(page, UNREACHABLE)
    page.context.set_offline(False)
    expect_kept_and_answered_again(page)


def test_missing_model_leaves_the_other_working(page: Page) -> None:
    missing = problem(503, "models/tree.onnx is missing.", "urn:digits:model-unavailable")
    for route in ("compare", "predict/tree"):
        page.route(f"**/api/{route}", lambda route: route.fulfill(**missing))
    draw(page, SEVEN)
    expect_words(page, "This model cannot be loaded now. One of the models may still answer alone: choose it.")
    page.get_by_role("radio", name="Decision tree").check()
    expect_words(page, "This model cannot be loaded now.")
    page.get_by_role("radio", name="Neural network").check()
    page.get_by_text("The neural network says 7").wait_for()


def test_blank_sheet_is_told_what_to_do_and_asks_nobody(page: Page) -> None:
    asked: list[Route] = []
    page.route("**/api/**", lambda route: asked.append(route))
    ask(page, "Both")
    expect(page.locator("#status.problem")).to_have_text("Draw one digit, 0 to 9.")
    assert asked == []


def test_drawing_after_a_problem_clears_it(page: Page) -> None:
    answer_by_hand(page)
    ask(page, "Both")
    expect(page.locator("#status.problem")).to_be_visible()
    draw(page, SEVEN)
    expect(page.locator("#status.problem")).to_be_hidden()
    ask(page, "Both")
    expect_words(page, "Both models say 7.")


def test_slow_answer_is_announced_and_explained(page: Page) -> None:
    held: list[Route] = []
    page.route("**/api/predict/tree", lambda route: held.append(route))
    page.get_by_role("radio", name="Decision tree").check()
    draw(page, SEVEN)
    expect_words(page, "Asking the decision tree …")
    assert page.locator("#answer").get_attribute("aria-busy") == "true"
    expect_words(
        page,
        "Still waiting: after a pause, the first question starts a function in the cloud. This takes a second or two.",
    )
    held[0].continue_()
    page.get_by_text("The decision tree says 7").wait_for()
    assert page.locator("#answer").get_attribute("aria-busy") == "false"


def test_answer_that_never_comes_is_given_up(page: Page) -> None:
    page.evaluate("AbortSignal.timeout = ((timeout) => () => timeout(100))(AbortSignal.timeout.bind(AbortSignal))")
    page.route("**/api/compare", lambda route: None)
    draw(page, SEVEN)
    expect_words(page, "The server took too long. Try again.")
    page.unroute("**/api/compare")
    page.evaluate("AbortSignal.timeout = () => new AbortController().signal")
    expect_kept_and_answered_again(page)
