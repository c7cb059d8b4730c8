"""Browsers at the minimum (Chrome and Edge 111, Firefox 113, Safari 16.4) and below, by removing features."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open
from tests.browser.test_preview import note, start_seven
from tests.support.browser.page_state import expect_status

SENTENCE = "This page needs a newer browser: Chrome or Edge 111, Firefox 113, Safari 16.4, or later."
REMOVE_NEWER = """
for (const name of Object.getOwnPropertyNames(Element.prototype))
  if (name.startsWith("aria") || name === "role") delete Element.prototype[name];
for (const [owner, name] of [[AbortSignal, "any"], [Promise, "withResolvers"], [Promise, "try"], [Object, "groupBy"],
  [Map, "groupBy"], [Array.prototype, "with"], [Array, "fromAsync"], [URL, "canParse"], [URL, "parse"],
  [Set.prototype, "union"], [Set.prototype, "difference"], [globalThis, "Iterator"],
  [Navigation.prototype, "navigate"]]) delete owner[name];
"""  # each is missing in one of the three minimums


def replace_in_style(page: Page, old: str, new: str) -> None:
    """Load the page again with a changed style sheet."""

    def change(route: Route) -> None:
        text = route.fetch().text()
        assert old in text
        route.fulfill(body=text.replace(old, new), content_type="text/css")

    page.route("**/style.css", change)
    page.reload()


@pytest.mark.parametrize("feature", ["color-mix(in srgb, red, red)", "(width >= 0)"])
def test_browser_below_the_minimum_is_told_so(page: Page, feature: str) -> None:
    expect(page.get_by_text(SENTENCE)).to_be_hidden()
    replace_in_style(page, feature, "(unknown: 1)")
    expect(page.get_by_text(SENTENCE)).to_be_visible()
    expect(page.get_by_text("Esta página precisa de um navegador mais novo")).to_be_visible()
    expect(page.get_by_role("main")).to_be_hidden()


def test_page_works_without_newer_features(page: Page) -> None:
    page.add_init_script(REMOVE_NEWER)
    page.reload()
    assert page.evaluate("[typeof AbortSignal.any, 'ariaLabel' in Element.prototype]") == ["undefined", False]
    start_seven(page)
    expect(note(page)).to_have_text("quick guess")
    page.mouse.up()
    expect_status(page, "Both models say 7.")
    expect(page.get_by_role("button", name="Redo")).to_be_disabled()
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    expect(page.get_by_role("toolbar", name="Or try one from the test set")).to_be_visible()
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_role("button", name="Explain", expanded=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Why the decision tree says 7")).to_be_visible()
    expect(page.get_by_role("slider", name="Questions asked")).to_be_visible()
    expect(page.get_by_role("group", name="Was it right?")).to_be_visible()
    page.get_by_role("button", name="Sample 2").click()
    expect_status(page, "Both models say 2.")


def test_colors_are_light_without_light_dark(open_page: Open) -> None:
    page = open_page(color_scheme="dark")
    replace_in_style(page, "light-dark(", "unknown(")
    colors = "(({ backgroundColor, color }) => [backgroundColor, color])(getComputedStyle(document.body))"
    assert page.evaluate(colors) == ["rgb(245, 243, 238)", "rgb(29, 27, 38)"]
    expect(page.get_by_role("combobox", name="Colors")).to_be_hidden()
