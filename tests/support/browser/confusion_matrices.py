"""The confusion matrix explorer of the report page: its cells, status and image cards."""

import io
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

NAMES = {
    "mlp": "{label} predicted as {predicted} by the MLP: ",
    "tree": "{label} predicted as {predicted} by the tree: ",
    "difference": "{label} predicted as {predicted}, MLP minus tree: ",
}


@dataclass(frozen=True)
class Card:
    label: int
    index: int
    mlp: str
    tree: str


def cell(page: Page, table: str, label: int, predicted: int) -> Locator:
    """Find the button of a cell by its label."""
    start = NAMES[table].format(label=label, predicted=predicted)
    return page.get_by_role("button", name=re.compile(f"^{re.escape(start)}"))


def expect_digits(page: Page) -> None:
    """Wait until the digits of the chosen cell are there."""
    expect(status(page)).to_have_text(re.compile(r"images, the hardest first\.|1 image\.|No images\."))


def status(page: Page) -> Locator:
    return page.locator("#confusion").get_by_role("status")


def show_all(page: Page) -> None:
    more = page.get_by_role("button", name=re.compile("^Show .* more"))
    while more.count():
        more.first.click()


def cards(page: Page, within: str = ".cell") -> list[Card]:
    return [Card(**card) for card in page.evaluate(READ_CARDS, within)]


def screenshot_pixels(picture: Locator) -> NDArray[np.uint8]:
    """Read an image from a screenshot, (28, 28) uint8: the screen pixel at the middle of each image pixel."""
    pixels = np.asarray(Image.open(io.BytesIO(picture.screenshot())).convert("L"))
    middles = ((np.arange(28) + 0.5) * pixels.shape[0] / 28).astype(int)
    return pixels[np.ix_(middles, middles)]


READ_CARDS = """(within) => [...document.querySelectorAll(`${within} .cards li`)].map((item) => ({
  label: Number(item.querySelector("svg").ariaLabel),
  index: Number(item.querySelector("p").textContent.match(/no\\. (\\d+)/)[1]),
  mlp: item.querySelectorAll("dd")[0].textContent,
  tree: item.querySelectorAll("dd")[1].textContent,
}))"""
