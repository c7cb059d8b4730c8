"""Errors: the page shows what to do, keeps the drawing, and works the next time."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.page_state import (
    canvas_pixel,
    cards,
    disable_auto_predict,
    expect_status,
    predict,
    try_again,
)

INVALID = "The reply was not what we expected. On public Wi-Fi, sign in first, then try again."
UNREACHABLE = "Can't reach the server. Check your connection and try again."


def problem(status: int, detail: str, kind: str = "about:blank") -> dict[str, Any]:
    body = f'{{"type": "{kind}", "title": "Problem", "status": {status}, "detail": "{detail}"}}'
    return {"status": status, "content_type": "application/problem+json", "body": body}


def expect_retry_succeeds(page: Page) -> None:
    """Check that the drawing and the message about it are there, and that Try again works."""
    expect(page.locator("#detail")).to_have_text("Your drawing is still here.")
    assert canvas_pixel(page, 0.5, 0.24)[3] == 255
    try_again(page)


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (problem(500, "Ours.", "urn:digits:fault"), "Something went wrong on our side. Try again."),
        (problem(504, "The gateway gave up. Wait."), "The gateway gave up. Wait."),
        (
            {"status": 429, "json": {"message": "Too Many Requests"}},
            "Too many requests at once. Wait a few seconds and try again.",
        ),
        (
            {"status": 502, "body": "<h1>Bad gateway</h1>"},
            "The server can't answer right now (error 502). Try again in a moment.",
        ),
        ({"status": 200, "body": "<h1>Pay for the wifi</h1>"}, INVALID),
        ({"status": 200, "json": {"hello": "world"}}, INVALID),
        ({"status": 200, "json": None}, INVALID),
        ({"status": 200, "json": {"input": "data:,", "predictions": [{"model": "tree", "digit": 7}]}}, INVALID),
        ({"status": 500, "content_type": "application/problem+json", "body": "{"}, "The server can't answer right now"),
    ],
    ids=["500", "504", "429", "502", "not-json", "other-json", "null", "incomplete", "broken-problem"],
)
def test_temporary_error_can_be_retried(page: Page, response: dict[str, Any], message: str) -> None:
    page.route("**/api/compare", lambda route: route.fulfill(**response))
    draw(page, SEVEN)
    expect(page.locator("#status")).to_contain_text(message)
    page.unroute("**/api/compare")
    expect_retry_succeeds(page)


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (problem(418, "Tea only. Ask for tea."), "Tea only. Ask for tea."),
        (
            problem(422, "Empty.", "urn:digits:nothing-drawn"),
            "There is nothing to read yet. Draw a digit from 0 to 9 with a thick line.",
        ),
        (
            problem(413, "Too large.", "urn:digits:too-large"),
            "This picture is too large. Choose a smaller one, or draw the digit.",
        ),
    ],
    ids=["unknown", "nothing-drawn", "too-large"],
)
def test_permanent_error_has_no_retry(page: Page, response: dict[str, Any], message: str) -> None:
    page.route("**/api/compare", lambda route: route.fulfill(**response))
    draw(page, SEVEN)
    expect_status(page, message)
    expect(page.locator("#detail")).to_have_text("Your drawing is still here.")
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()


def test_offline_error_keeps_the_drawing(page: Page) -> None:
    page.route("**/preview/*", lambda route: route.abort())
    page.route("**/api/*", lambda route: route.abort())
    draw(page, SEVEN)
    expect_status(page, UNREACHABLE)
    page.unroute("**/api/*")
    expect_retry_succeeds(page)


def test_unreachable_server_leaves_the_answer_to_the_browser(page: Page) -> None:
    page.route("**/api/*", lambda route: route.abort())
    draw(page, SEVEN)
    expect_status(page, re.compile("^The neural network says 7, .* sure.$"))
    expect(page.locator("#detail")).to_contain_text(
        "Answered in your browser, without the server. The decision tree needs the server."
    )
    assert [card.digit for card in cards(page)] == ["", "7"]
    page.unroute("**/api/*")
    try_again(page)


def test_unreachable_server_leaves_samples_to_the_browser(page: Page) -> None:
    page.route("**/api/*", lambda route: route.abort())
    page.get_by_role("button", name="Sample 7").first.click()
    expect_status(page, re.compile("^The neural network says 7, .* sure.$"))


def test_other_model_works_when_one_is_missing(page: Page) -> None:
    missing = problem(503, "models/tree.onnx is missing.", "urn:digits:model-unavailable")
    for route in ("compare", "predict/tree"):
        page.route(f"**/api/{route}", lambda route: route.fulfill(**missing))
    draw(page, SEVEN)
    expect_status(page, "This model is not available right now. The other model may still work: choose just one.")
    page.get_by_role("radio", name="Decision tree").check()
    expect_status(page, "This model is not available right now.")
    page.get_by_role("radio", name="Neural network").check()
    page.get_by_text("The neural network says 7").wait_for()


def test_blank_canvas_sends_no_request(manual: Page) -> None:
    requests: list[Route] = []
    manual.route("**/api/**", lambda route: requests.append(route))
    predict(manual, "Both")
    expect(manual.locator("#status.problem")).to_have_text("Draw a digit from 0 to 9.")
    assert requests == []


def test_drawing_clears_the_error(page: Page) -> None:
    disable_auto_predict(page)
    predict(page, "Both")
    expect(page.locator("#status.problem")).to_be_visible()
    draw(page, SEVEN)
    expect(page.locator("#status.problem")).to_be_hidden()
    predict(page, "Both")
    expect_status(page, "Both models say 7.")


def test_slow_response_is_announced(page: Page) -> None:
    held: list[Route] = []
    page.route("**/api/predict/tree", lambda route: held.append(route))
    page.get_by_role("radio", name="Decision tree").check()
    draw(page, SEVEN)
    expect_status(page, "Asking the decision tree …")
    assert page.locator("#prediction").get_attribute("aria-busy") == "true"
    expect_status(
        page,
        "Waking up the server. After a break, the first answer takes a second or two.",
    )
    held[0].continue_()
    page.get_by_text("The decision tree says 7").wait_for()
    assert page.locator("#prediction").get_attribute("aria-busy") == "false"


def test_missing_response_times_out(page: Page) -> None:
    page.evaluate("AbortSignal.timeout = ((timeout) => () => timeout(100))(AbortSignal.timeout.bind(AbortSignal))")
    page.route("**/api/compare", lambda route: None)
    draw(page, SEVEN)
    expect_status(page, "The server took too long. Try again.")
    page.unroute("**/api/compare")
    page.evaluate("AbortSignal.timeout = () => new AbortController().signal")
    expect_retry_succeeds(page)


def test_connection_that_breaks_off_within_the_response(page: Page) -> None:
    page.route("**/preview/*", lambda route: route.abort())
    page.evaluate("() => { Response.prototype.text = () => Promise.reject(new TypeError('network error')); }")
    draw(page, SEVEN)
    expect_status(page, "The connection dropped before the answer arrived. Try again.")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_programming_error_is_not_shown_as_a_connection_problem(page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.evaluate("() => { HTMLCanvasElement.prototype.toDataURL = () => { throw new TypeError('broken'); }; }")
    draw(page, SEVEN)
    expect_status(page, "Something went wrong on this page. Reload it and try again.")
    page.wait_for_timeout(1200)  # longer than the delays of the waiting messages
    expect_status(page, "Something went wrong on this page. Reload it and try again.")
    assert page.locator("#prediction").get_attribute("aria-busy") == "false"
    assert errors == ["broken"]


def test_explanation_that_cannot_be_loaded(page: Page) -> None:
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    page.route("**/js/views/explanation.js", lambda route: route.abort())
    page.locator("#explain").click()
    expect_status(page, "This part of the page can't be loaded. Check your connection and try again.")
