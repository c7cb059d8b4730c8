"""Errors: the page shows what to do, keeps the drawing, and works the next time."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.page_state import canvas_pixel, disable_auto_predict, expect_status, predict

INVALID = "The answer cannot be read: something between here and the server changed it."
UNREACHABLE = "The server cannot be reached. Check your connection, then try again."


def problem(status: int, detail: str, kind: str = "about:blank") -> dict[str, Any]:
    body = f'{{"type": "{kind}", "title": "Problem", "status": {status}, "detail": "{detail}"}}'
    return {"status": status, "content_type": "application/problem+json", "body": body}


def expect_retry_succeeds(page: Page) -> None:
    """Check that the drawing and the message about it are there, and that Try again works."""
    expect(page.locator("#detail")).to_have_text("Your drawing is kept.")
    assert canvas_pixel(page, 0.5, 0.24)[3] == 255
    page.get_by_role("button", name="Try again").click()
    expect_status(page, "Both models say 7.")
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (problem(500, "Ours.", "urn:digits:fault"), "Something went wrong on our side. Try again."),
        (problem(504, "The gateway gave up. Wait."), "The gateway gave up. Wait."),
        (
            {"status": 429, "json": {"message": "Too Many Requests"}},
            "Too many questions at once. Wait a few seconds, then try again.",
        ),
        ({"status": 502, "body": "<h1>Bad gateway</h1>"}, "The server cannot answer now (502)."),
        ({"status": 200, "body": "<h1>Pay for the wifi</h1>"}, INVALID),
        ({"status": 200, "json": {"hello": "world"}}, INVALID),
    ],
    ids=["500", "504", "429", "502", "not-json", "other-json"],
)
def test_temporary_error_can_be_retried(page: Page, response: dict[str, Any], message: str) -> None:
    page.route("**/api/compare", lambda route: route.fulfill(**response))
    draw(page, SEVEN)
    expect_status(page, message)
    page.unroute("**/api/compare")
    expect_retry_succeeds(page)


@pytest.mark.parametrize(
    ("response", "message"),
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
def test_permanent_error_has_no_retry(page: Page, response: dict[str, Any], message: str) -> None:
    page.route("**/api/compare", lambda route: route.fulfill(**response))
    draw(page, SEVEN)
    expect_status(page, message)
    expect(page.locator("#detail")).to_have_text("Your drawing is kept.")
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()


def test_offline_error_keeps_the_drawing(page: Page) -> None:
    page.context.set_offline(True)
    draw(page, SEVEN)
    expect_status(page, UNREACHABLE)
    page.context.set_offline(False)
    expect_retry_succeeds(page)


def test_other_model_works_when_one_is_missing(page: Page) -> None:
    missing = problem(503, "models/tree.onnx is missing.", "urn:digits:model-unavailable")
    for route in ("compare", "predict/tree"):
        page.route(f"**/api/{route}", lambda route: route.fulfill(**missing))
    draw(page, SEVEN)
    expect_status(page, "This model cannot be loaded now. One of the models may still answer alone: choose it.")
    page.get_by_role("radio", name="Decision tree").check()
    expect_status(page, "This model cannot be loaded now.")
    page.get_by_role("radio", name="Neural network").check()
    page.get_by_text("The neural network says 7").wait_for()


def test_blank_canvas_sends_no_request(page: Page) -> None:
    requests: list[Route] = []
    page.route("**/api/**", lambda route: requests.append(route))
    predict(page, "Both")
    expect(page.locator("#status.problem")).to_have_text("Draw one digit, 0 to 9.")
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
        "Still waiting: after a pause, the first question starts a function in the cloud. This takes a second or two.",
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
