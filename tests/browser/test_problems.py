"""Whatever keeps an answer from coming: the page says what to do, keeps the drawing, and works the next time."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.drawing import SEVEN, draw
from tests.browser.reading import ask, expect_words

AGAIN = "our drawing is kept, press Predict to try again."


def problem(status: int, detail: str) -> dict[str, Any]:
    body = f'{{"type": "about:blank", "title": "Problem", "status": {status}, "detail": "{detail}"}}'
    return {"status": status, "content_type": "application/problem+json", "body": body}


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (problem(413, "The drawing is too large. Draw less."), "The drawing is too large. Draw less."),
        (problem(500, "The fault is ours. Try again."), "The fault is ours. Try again."),
        (
            {"status": 429, "json": {"message": "Too Many Requests"}},
            f"Too many questions at once. Wait a few seconds; y{AGAIN}",
        ),
        ({"status": 502, "body": "<h1>Bad gateway</h1>"}, f"The server cannot answer now (502). Y{AGAIN}"),
        (
            {"status": 200, "body": "<h1>Pay for the wifi</h1>"},
            f"The answer cannot be read: something between here and the server changed it. Y{AGAIN}",
        ),
        (
            {"status": 200, "json": {"hello": "world"}},
            f"The answer cannot be read: something between here and the server changed it. Y{AGAIN}",
        ),
    ],
    ids=["413", "500", "429", "502", "not-json", "another-json"],
)
def test_refusal_is_said_in_words(page: Page, response: dict[str, Any], words: str) -> None:
    page.route("**/api/compare", lambda route: route.fulfill(**response))
    draw(page, SEVEN)
    ask(page, "Both")
    expect_words(page, words)
    page.unroute("**/api/compare")
    ask(page, "Both")
    expect_words(page, "Both models say 7.")


def test_no_network_is_said_and_the_drawing_kept(page: Page) -> None:
    draw(page, SEVEN)
    page.context.set_offline(True)
    ask(page, "Both")
    expect_words(page, f"The server cannot be reached. Check your connection; y{AGAIN}")
    page.context.set_offline(False)
    ask(page, "Both")
    expect_words(page, "Both models say 7.")


def test_missing_model_leaves_the_other_working(page: Page) -> None:
    missing = problem(503, "The model tree cannot be loaded: models/tree.onnx is missing.")
    for route in ("compare", "predict/tree"):
        page.route(f"**/api/{route}", lambda route: route.fulfill(**missing))
    draw(page, SEVEN)
    detail = "The model tree cannot be loaded: models/tree.onnx is missing."
    ask(page, "Both")
    expect_words(page, f"{detail} One of the models may still answer alone: choose it.")
    ask(page, "Decision tree")
    expect_words(page, detail)
    ask(page, "Neural network")
    page.get_by_text("The neural network says 7").wait_for()


def test_blank_sheet_gets_the_servers_own_words(page: Page) -> None:
    with page.expect_response("**/api/compare") as response:
        ask(page, "Both")
    assert response.value.status == 422
    detail = response.value.json()["detail"]
    assert "Draw one digit" in detail
    expect_words(page, detail)
    draw(page, SEVEN)
    expect_words(page, "Press Predict to ask both models.")
    ask(page, "Both")
    expect_words(page, "Both models say 7.")


def test_slow_answer_is_announced(page: Page) -> None:
    held: list[Route] = []
    page.route("**/api/predict/tree", lambda route: held.append(route))
    draw(page, SEVEN)
    ask(page, "Decision tree")
    expect_words(page, "Asking the decision tree …")
    assert page.locator("#answer").get_attribute("aria-busy") == "true"
    held[0].continue_()
    page.get_by_text("The decision tree says 7").wait_for()
    assert page.locator("#answer").get_attribute("aria-busy") == "false"


def test_answer_that_never_comes_is_given_up(page: Page) -> None:
    page.evaluate("AbortSignal.timeout = ((timeout) => () => timeout(100))(AbortSignal.timeout.bind(AbortSignal))")
    page.route("**/api/compare", lambda route: None)
    draw(page, SEVEN)
    ask(page, "Both")
    expect_words(page, f"The server took too long. Y{AGAIN}")
