"""Color theme: the system's or the visitor's choice, on every page and from the first paint."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.support.browser.drawing import SEVEN, draw

BACKGROUNDS = {"light": "rgb(245, 243, 238)", "dark": "rgb(19, 18, 23)"}

FIGURE = {"light": (255, 254, 251), "dark": (29, 28, 36)}


def figure_background(page: Page) -> tuple[int, ...]:
    """Return the color of a report figure's corner, as painted."""
    image = page.locator("#classes figure img")
    image.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    with Image.open(io.BytesIO(image.screenshot())) as painted:
        corner = painted.convert("RGB").getpixel((3, 3))
    assert isinstance(corner, tuple)
    return corner


def choose(page: Page, theme: str) -> None:
    page.get_by_role("combobox", name=re.compile("Colou?rs")).select_option(theme)


def test_page_follows_the_system(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(BACKGROUND) == BACKGROUNDS["dark"]
    page.emulate_media(color_scheme="light")
    assert page.evaluate(BACKGROUND) == BACKGROUNDS["light"]


@pytest.mark.parametrize(("system", "chosen"), [("light", "dark"), ("dark", "light")])
def test_choice_overrides_the_system_on_every_page(open_page: Open, site: str, system: str, chosen: str) -> None:
    page = open_page(color_scheme=system)
    choose(page, chosen)
    for address in (site, f"{site}/report.html", f"{site}/serving.html"):
        page.goto(address)
        expect(page.get_by_role("combobox", name=re.compile("Colou?rs"))).to_have_value(chosen)
        assert page.evaluate(BACKGROUND) == BACKGROUNDS[chosen]
        assert page.evaluate(FRAME) == page.evaluate(f"getComputedStyle(document.body).backgroundColor && {HEX}")
    choose(page, "system")
    assert page.evaluate(BACKGROUND) == BACKGROUNDS[system]


@pytest.mark.parametrize(("system", "chosen"), [("light", "dark"), ("dark", "light")])
def test_report_figures_follow_the_chosen_theme(open_page: Open, site: str, system: str, chosen: str) -> None:
    page = open_page(color_scheme=system)
    page.goto(f"{site}/report.html")
    assert figure_background(page) == FIGURE[system]
    choose(page, chosen)
    assert figure_background(page) == FIGURE[chosen]


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
