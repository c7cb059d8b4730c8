"""Color theme: the system's or the visitor's choice, on both pages and from the first paint."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.support.browser.drawing import SEVEN, draw

BACKGROUNDS = {"light": "rgb(245, 243, 238)", "dark": "rgb(19, 18, 23)"}


def choose(page: Page, theme: str) -> None:
    page.locator("#theme").select_option(theme)


def test_page_follows_the_system(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(BACKGROUND) == BACKGROUNDS["dark"]
    page.emulate_media(color_scheme="light")
    assert page.evaluate(BACKGROUND) == BACKGROUNDS["light"]


@pytest.mark.parametrize(("system", "chosen"), [("light", "dark"), ("dark", "light")])
def test_choice_overrides_the_system_on_both_pages(open_page: Open, site: str, system: str, chosen: str) -> None:
    page = open_page(color_scheme=system)
    choose(page, chosen)
    for address in (site, f"{site}/report.html"):
        page.goto(address)
        expect(page.locator("#theme")).to_have_value(chosen)
        assert page.evaluate(BACKGROUND) == BACKGROUNDS[chosen]
        assert page.evaluate(FRAME) == page.evaluate(f"getComputedStyle(document.body).backgroundColor && {HEX}")
    choose(page, "system")
    assert page.evaluate(BACKGROUND) == BACKGROUNDS[system]


def test_report_figures_follow_the_choice(open_page: Open, site: str) -> None:
    page = open_page(color_scheme="light")
    page.goto(f"{site}/report.html")
    choose(page, "dark")
    page.evaluate("document.querySelectorAll('img').forEach((image) => { image.loading = 'eager'; })")
    page.wait_for_load_state("networkidle")
    shown = page.evaluate("[...document.querySelectorAll('picture img')].map((image) => image.currentSrc)")
    assert len(shown) > 10
    assert [url for url in shown if not url.endswith("-dark.svg")] == []


def test_choice_applies_at_the_first_paint(open_page: Open, site: str) -> None:
    page = open_page(color_scheme="light")
    choose(page, "dark")
    page.route("**/js/main.js", lambda route: route.abort())
    page.goto(site)
    assert page.evaluate(BACKGROUND) == BACKGROUNDS["dark"]


def test_theme_works_without_storage(open_page: Open) -> None:
    page = open_page(color_scheme="light")
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })"
    )
    page.reload()
    choose(page, "dark")
    assert page.evaluate(BACKGROUND) == BACKGROUNDS["dark"]
    draw(page, SEVEN)
    expect(page.locator("#status")).to_have_text("Both models say 7.")


BACKGROUND = "getComputedStyle(document.body).backgroundColor"
HEX = """'#' + getComputedStyle(document.body).backgroundColor.match(/\\d+/g)
  .map((channel) => Number(channel).toString(16).padStart(2, '0')).join('')"""
FRAME = """[...document.querySelectorAll('meta[name=theme-color]')]
  .find((meta) => matchMedia(meta.media).matches).content"""
