"""The report in a browser: layout, figures, the hardest digits, no requests to other hosts."""

import json

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from evaluation import predictions
from evaluation.command import FOLDER
from evaluation.predictions import Predictions
from tests.browser.conftest import Open
from tests.support.browser.confusion_matrices import cards, screenshot_pixels
from training import dataset


def open_report(page: Page, site: str) -> list[str]:
    """Open the report with all its figures. Returns console messages and failed requests."""
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("response", lambda response: messages.append(response.url) if response.status >= 400 else None)
    page.goto(f"{site}/report.html")
    page.evaluate("document.querySelectorAll('img').forEach((image) => { image.loading = 'eager'; })")
    page.wait_for_load_state("networkidle")
    return messages


def test_page_and_report_link_to_each_other(page: Page, site: str) -> None:
    page.get_by_role("link", name="How well both models read digits").click()
    expect(page).to_have_url(f"{site}/report.html")
    page.get_by_role("link", name="Draw a digit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Draw a digit")


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_only_tables_scroll_horizontally(open_page: Open, site: str, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    assert open_report(page, site) == []  # Chromium reports a violation of the content security policy here, too
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(BEYOND_THE_EDGE) == []


def test_all_figures_load(open_page: Open, site: str) -> None:
    page = open_page()
    open_report(page, site)
    widths = page.evaluate("[...document.images].map((image) => image.naturalWidth)")
    assert len(widths) > 15
    assert 0 not in widths


def test_hardest_digits_have_the_lowest_true_class_probability(open_page: Open, site: str) -> None:
    page = open_page()
    page.goto(f"{site}/report.html")
    published: Predictions = json.loads((FOLDER / predictions.FILE).read_text())
    ease = predictions.true_class_probability(published, "mlp") + predictions.true_class_probability(published, "tree")
    hardest = cards(page, "#hardest >")
    indices = [card.index for card in hardest]
    assert len(set(indices)) == 30
    assert [card.label for card in hardest] == [int(published["labels"][index]) for index in indices]
    assert list(ease[indices]) == sorted(ease)[:30]
    images = dataset.load().test.images
    pictures = page.locator("#hardest > .cards svg")
    for place in range(0, 30, 7):
        inner = np.s_[2:26, 2:26]  # the corners are round
        np.testing.assert_array_equal(screenshot_pixels(pictures.nth(place))[inner], images[indices[place]][inner])


def test_loading_figures_does_not_shift_the_layout(open_page: Open, site: str) -> None:
    page = open_page(viewport={"width": 360, "height": 800})
    page.route("**/*.svg", lambda route: route.abort())
    page.goto(f"{site}/report.html")
    before = page.evaluate("document.documentElement.scrollHeight")
    page.unroute("**/*.svg")
    open_report(page, site)
    assert abs(page.evaluate("document.documentElement.scrollHeight") - before) < 0.02 * before


BEYOND_THE_EDGE = """() => [...document.querySelectorAll("section > *, figure, figure img, nav, header *")]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
  .map((element) => element.outerHTML.slice(0, 80))"""
