"""Preview: the compact network answers in the browser while one draws, until the server does."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_prediction import PIXEL, hold, mock_compare, prediction, wait_for
from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.page_state import cards, disable_auto_predict, expect_status, predict, try_again

PIXELS = """async (strokes) => {
  const { DrawingCanvas } = await import("/js/canvas/canvas.js");
  const ignore = () => undefined;
  const canvas = new DrawingCanvas(document.createElement("canvas"), {
    onChange: ignore, onPaint: ignore, onFinish: ignore,
  });
  canvas.load(strokes);
  const image = Object.assign(new Image(), { src: canvas.toDataURL() });
  await image.decode();
  const context = Object.assign(document.createElement("canvas"), { width: 280, height: 280 }).getContext("2d");
  context.drawImage(image, 0, 0);
  const [sent, read] = [context.getImageData(0, 0, 280, 280), canvas.toImageData()];
  return [sent.data.every((level, i) => level === read.data[i]), read.data.filter((level) => level === 255).length];
}"""


def note(page: Page) -> Locator:
    return page.locator(".chart.mlp .note")


def start_seven(page: Page) -> None:
    """Draw a seven and leave the mouse button pressed."""
    canvas = page.locator("#canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    for index, (x, y) in enumerate(SEVEN[0]):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["width"])
        if index == 0:
            page.mouse.down()


def test_bars_move_before_the_pen_is_up(page: Page) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    start_seven(page)
    expect(note(page)).to_have_text("quick guess")
    expect(page.locator(".chart.mlp .digit")).to_have_text("7")  # the first guesses are of a part of the stroke
    tree, mlp = cards(page)
    assert (tree.digit, mlp.digit) == ("", "7")
    assert mlp.bars[7] == pytest.approx(float(mlp.numbers[7].strip(">%")) / 100, abs=0.02)
    assert [url for url in requested if url.endswith("/api/compare")] == []
    page.mouse.up()
    expect_status(page, "Both models say 7.")
    expect(note(page)).to_be_empty()


def test_preview_follows_each_stroke_and_ends_with_clear(page: Page) -> None:
    hold(page)
    draw(page, [[(0.5, 0.2), (0.5, 0.8)]])
    expect(page.locator(".chart.mlp .digit")).to_have_text("1")
    draw(page, [[(0.5, 0.2), (0.3, 0.5), (0.75, 0.5)]])
    expect(page.locator(".chart.mlp .digit")).to_have_text("4")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".chart.mlp .digit")).to_have_text("1")
    page.get_by_role("button", name="Clear").click()
    expect(note(page)).to_be_empty()
    assert [card.digit for card in cards(page)] == ["", ""]


def test_preview_is_announced_while_the_server_starts(page: Page) -> None:
    held = hold(page)
    draw(page, SEVEN)
    expect_status(page, "Quick guess from your browser: 7. Asking the server …")
    page.wait_for_timeout(1200)  # longer than the delay of the cold start's message
    expect_status(page, "Quick guess from your browser: 7. Asking the server …")
    wait_for(page, held, 1)
    held[0].fulfill(json={"input": PIXEL, "predictions": [prediction("tree", 3), prediction("mlp", 3)]})
    expect_status(page, "Both models say 3.")
    assert [card.digit for card in cards(page)] == ["3", "3"]


def test_old_verdict_dims_until_the_next(page: Page) -> None:
    mock_compare(page, prediction("tree", 7), prediction("mlp", 7, 0.8))
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    detail = page.locator("#detail").text_content() or ""
    start_seven(page)
    expect(page.locator("#status.old")).to_have_text("Both models say 7.")
    expect(page.locator("#detail.old")).to_have_text(detail)
    assert cards(page)[0].digit == "7"
    page.mouse.up()
    expect(page.locator("#status.old")).to_have_count(0)
    expect_status(page, "Both models say 7.")


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ({"status": 503, "body": "no"}, "The server can't answer right now (error 503). Try again in a moment."),
        ({"status": 429, "json": {}}, "Too many requests at once. Wait a few seconds and try again."),
    ],
)
def test_preview_stays_when_the_server_fails(page: Page, response: dict[str, Any], message: str) -> None:
    held = hold(page)
    draw(page, SEVEN)
    expect(note(page)).to_have_text("quick guess")
    wait_for(page, held, 1)
    held[0].fulfill(**response)
    expect(page.locator("#status.problem")).to_contain_text(message)
    expect(page.locator("#notice")).to_have_text(
        "Until the server answers, here is a quick guess from your browser: 7."
    )
    assert [card.digit for card in cards(page)] == ["", "7"]
    page.unroute("**/api/compare")
    try_again(page)
    expect(page.locator("#notice")).to_be_empty()


def test_page_answers_when_the_network_cannot_be_loaded(page: Page) -> None:
    page.route("**/preview/*", lambda route: route.fulfill(status=404))
    with page.expect_response("**/preview/mlp.onnx"):
        draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    page.unroute("**/preview/*")
    start_seven(page)
    expect(note(page)).to_have_text("quick guess")  # the next stroke loads it


def test_no_preview_without_automatic_answers(page: Page) -> None:
    disable_auto_predict(page)
    with page.expect_response("**/preview/mlp.onnx"):
        draw(page, SEVEN)
    page.wait_for_timeout(300)
    assert [card.digit for card in cards(page)] == ["", ""]
    predict(page, "Both")
    expect_status(page, re.compile("^Both"))


def test_preview_reads_the_pixels_that_are_sent(page: Page) -> None:
    small = [[{"x": x / 100, "y": (x * 7 % 13) / 50 + 0.3, "width": 0.07} for x in range(40, 62)]]
    large = [[{"x": x / 100, "y": (x * 7 % 31) / 40, "width": 0.07} for x in range(10, 90, 3)]]
    for strokes in (small, large):
        equal, opaque = page.evaluate(PIXELS, strokes)
        assert equal is True
        assert opaque > 280 * 280
