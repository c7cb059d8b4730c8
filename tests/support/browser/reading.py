"""The page comes in; what a person reads on it goes out."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class Card:
    """The card of one model."""

    title: str
    digit: str  # the large one; empty before an answer
    numbers: list[str]  # ten, as written
    bars: list[float]  # ten lengths, 0..1 of the longest possible


def cards(page: Page) -> list[Card]:
    """Read the cards that can be seen, from left to right."""
    return [Card(**card) for card in page.evaluate(READ_CARDS)]


def answer_by_hand(page: Page) -> None:
    """Switch off that drawing asks: only Predict does, from now on."""
    page.get_by_role("switch", name="Answer as I draw").uncheck()


def ask(page: Page, choice: str) -> None:
    """Choose who answers, and press Predict."""
    page.get_by_role("radio", name=choice).check()
    page.get_by_role("button", name="Predict").click()


def expect_words(page: Page, words: str | re.Pattern[str]) -> None:
    """Wait until the status says exactly this, or what the pattern finds."""
    expect(page.locator("#status")).to_have_text(words)


def ink(page: Page, x: float, y: float) -> list[int]:
    """Read the sheet's red, green, blue and alpha at a point, in widths of the sheet. No ink: alpha 0."""
    page.evaluate(NEXT_FRAMES)
    colour: list[int] = page.evaluate(READ_INK, [x, y])
    return colour


READ_CARDS = """() => [...document.querySelectorAll("article:not([hidden])")].map((card) => ({
  title: card.querySelector("h2").textContent,
  digit: card.querySelector(".digit").textContent,
  numbers: [...card.querySelectorAll(".number")].map((number) => number.textContent),
  bars: [...card.querySelectorAll(".fill")].map((fill) => fill.offsetWidth / fill.parentElement.offsetWidth),
}))"""
NEXT_FRAMES = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"""
READ_INK = """([x, y]) => {
  const canvas = document.querySelector("canvas");
  return [...canvas.getContext("2d").getImageData(x * canvas.width, y * canvas.width, 1, 1).data];
}"""
