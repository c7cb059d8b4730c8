"""Actions on the page, and its visible state: model cards, status, pixels of the canvas."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class Card:
    """The card of one model."""

    title: str
    digit: str  # empty before a prediction
    numbers: list[str]  # ten, as formatted
    bars: list[float]  # ten lengths, 0..1 of the longest possible


def cards(page: Page) -> list[Card]:
    """Read the visible cards, from left to right."""
    return [Card(**card) for card in page.evaluate(READ_CARDS)]


def disable_auto_predict(page: Page) -> None:
    """Switch off automatic predictions: only the Predict button requests one."""
    switch = page.get_by_role("switch", name="Answer as I draw")
    switch.evaluate("(input) => input.checked && input.click()")  # by script: a live answer may move the switch
    expect(switch).not_to_be_checked()


def predict(page: Page, choice: str) -> None:
    """Choose the models, and press Predict."""
    page.get_by_role("radio", name=choice).check()
    page.get_by_role("button", name="Predict").click()


def try_again(page: Page) -> None:
    """Press Try again, and wait until both models answer seven."""
    page.get_by_role("button", name="Try again").click()
    expect_status(page, "Both models say 7.")
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()


def expect_status(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait until the status is this text, or matches the pattern; the verdict of an older drawing does not count."""
    expect(page.locator("#status:not(.old)")).to_have_text(text)


def canvas_pixel(page: Page, x: float, y: float) -> list[int]:
    """Read red, green, blue and alpha (0..255) of the canvas at a point in canvas widths. No ink: alpha 0."""
    page.evaluate(NEXT_FRAMES)
    color: list[int] = page.evaluate(READ_PIXEL, [x, y])
    return color


READ_CARDS = """() => [...document.querySelectorAll("article:not([hidden])")].map((card) => ({
  title: card.querySelector("h2").textContent,
  digit: card.querySelector(".digit").textContent,
  numbers: [...card.querySelectorAll(".number")].map((number) => number.textContent),
  bars: [...card.querySelectorAll(".fill")].map((fill) => fill.offsetWidth / fill.parentElement.offsetWidth),
}))"""
NEXT_FRAMES = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"""
READ_PIXEL = """([x, y]) => {
  const canvas = document.querySelector("canvas");
  return [...canvas.getContext("2d").getImageData(x * canvas.width, y * canvas.width, 1, 1).data];
}"""
