"""The report in a browser: layout, length, folded parts, figures, the hardest digits, no requests to other hosts."""

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

PAGES = ("report.html", "serving.html")
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
MAX_SCREENS = 16  # on PHONE
MAX_FIGURE = 640  # pixels, of report.css


def open_report(page: Page, site: str, file: str = "report.html") -> list[str]:
    """Open a page with all its figures. Returns console messages and failed requests."""
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("response", lambda response: messages.append(response.url) if response.status >= 400 else None)
    page.goto(f"{site}/{file}")
    page.evaluate("document.querySelectorAll('img').forEach((image) => { image.loading = 'eager'; })")
    page.wait_for_load_state("networkidle")
    return messages


def test_pages_link_to_each_other(page: Page, site: str) -> None:
    page.get_by_role("link", name="How well do they read? The report").click()
    expect(page).to_have_url(f"{site}/report.html")
    pages = page.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Serving").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Serving benchmark")
    expect(page).to_have_url(f"{site}/serving.html")
    pages.get_by_role("link", name="Models").click()
    expect(page).to_have_url(f"{site}/report.html")
    page.get_by_role("link", name="Draw a digit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Draw a digit")


def test_old_link_to_serving_leads_to_its_page(page: Page, site: str) -> None:
    page.goto(f"{site}/report.html#serving")
    link = page.locator("#serving").get_by_role("link")
    expect(link).to_be_in_viewport()
    link.click()
    expect(page).to_have_url(f"{site}/serving.html")


@pytest.mark.parametrize("file", PAGES)
def test_page_is_short_on_a_phone(open_page: Open, site: str, file: str) -> None:
    page = open_page(**PHONE)
    open_report(page, site, file)
    assert page.locator("details[open]").count() == 0
    assert 5 < page.evaluate("document.documentElement.scrollHeight / innerHeight") <= MAX_SCREENS


@pytest.mark.parametrize("file", PAGES)
def test_sentence_and_three_numbers_are_on_the_first_screen(open_page: Open, site: str, file: str) -> None:
    page = open_page(**PHONE)
    open_report(page, site, file)
    for part in (".lead", *(f".numbers div:nth-child({place}) dd" for place in (1, 2, 3))):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    expect(page.locator(".numbers dd")).to_have_count(3)


@pytest.mark.parametrize("file", PAGES)
def test_folded_parts_are_open_where_there_is_room(open_page: Open, site: str, file: str) -> None:
    page = open_page(viewport={"width": 768, "height": 800})
    open_report(page, site, file)
    folds = page.locator(".fold").count()
    assert folds == page.locator(".fold[open]").count() == page.locator("details[open]").count() > 0


@pytest.mark.parametrize("file", PAGES)
def test_page_is_printed_with_every_part_open(open_page: Open, site: str, file: str) -> None:
    page = open_page(**PHONE)
    open_report(page, site, file)
    page.locator("summary").first.click()
    page.evaluate(RECORD_CLOSED_WHILE_PRINTING)
    page.pdf()
    assert page.evaluate("closedWhilePrinting") == 0
    assert page.locator("details[open]").count() == 1


def test_search_opens_the_part_with_the_text(open_page: Open, site: str) -> None:
    page = open_page(**PHONE)
    page.goto(f"{site}/report.html#:~:text=Micro%2Daverage")
    expect(page.get_by_role("rowheader", name="Micro-average")).to_be_in_viewport()
    assert page.locator("details[open]").count() == 1


@pytest.mark.parametrize("width", [360, 768, 1440, 1920])
@pytest.mark.parametrize("file", PAGES)
def test_figures_are_as_wide_as_their_column(open_page: Open, site: str, file: str, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    open_report(page, site, file)
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    widths = page.evaluate(FIGURE_AND_COLUMN)
    assert len(widths) > 5
    assert [pair for pair in widths if abs(pair[0] - min(pair[1], MAX_FIGURE)) > 1] == []
    assert [pair for pair in page.evaluate(COLUMNS) if pair[0] != pair[1]] == []


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("file", PAGES)
def test_only_tables_scroll_horizontally(open_page: Open, site: str, file: str, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    assert open_report(page, site, file) == []  # Chromium reports a violation of the content security policy here, too
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
    hardest = cards(page, "#hardest >") + cards(page, "#hardest > .fold")
    indices = [card.index for card in hardest]
    assert len(set(indices)) == 30
    assert [card.label for card in hardest] == [int(published["labels"][index]) for index in indices]
    assert list(ease[indices]) == sorted(ease)[:30]
    images = dataset.load().test.images
    pictures = page.locator("#hardest > :is(.cards, .fold) svg")
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


# Of each figure in a row: its width, and that of its column, or of the row if the figure spans it.
FIGURE_AND_COLUMN = """() => [...document.querySelectorAll(".row > figure")].map((figure) => {
  const row = figure.parentElement;
  const spans = getComputedStyle(figure).gridColumnEnd === "-1";
  const column = parseFloat(getComputedStyle(row).gridTemplateColumns);
  return [figure.getBoundingClientRect().width, spans ? row.getBoundingClientRect().width : column];
})"""
# Of each row whose children have one column each: the number of its columns, and the number that they could have.
COLUMNS = """() => [...document.querySelectorAll(".row")].flatMap((row) => {
  const { width } = row.getBoundingClientRect();
  const { gridTemplateColumns, columnGap } = getComputedStyle(row);
  const columns = gridTemplateColumns.split(" ").filter((column) => column !== "0px").length;
  const gap = parseFloat(columnGap);
  const children = [...row.children].filter((child) => !child.hidden);
  if (children.some((child) => getComputedStyle(child).gridColumnEnd === "-1")) return [];
  return [[columns, Math.min(children.length, Math.max(1, Math.floor((width + gap) / (328 + gap))))]];
})"""
RECORD_CLOSED_WHILE_PRINTING = """addEventListener("beforeprint", () => {
  globalThis.closedWhilePrinting = document.querySelectorAll("details:not([open])").length;
})"""
BEYOND_THE_EDGE = """() => [...document.querySelectorAll("section > *, figure, figure img, nav, header *")]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
  .map((element) => element.outerHTML.slice(0, 80))"""
