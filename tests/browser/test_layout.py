"""The page as a whole: it fits, can be read and reached by everyone, and needs nothing from elsewhere."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.drawing import SEVEN, draw
from tests.browser.reading import ask, expect_words

MAX_BYTES = 60_000  # the whole page, as served
MIN_CONTRAST = 4.5  # WCAG 2.2 AA, text
TEXTS = ["h1", "header p", "legend", "label span", "#predict", "#clear", "#status", ".note", "h2", ".digit", ".bars li"]


@pytest.mark.parametrize("width", [320, 360, 768, 1440])
def test_nothing_is_cut_off_and_nothing_scrolls_sideways(open_page: Open, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    draw(page, SEVEN)
    ask(page, "Both")
    expect_words(page, "Both models say 7.")
    for choice in ("Both", "Decision tree"):
        page.get_by_role("radio", name=choice).check()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate(OVERLAPPING) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out(open_page: Open, theme: str) -> None:
    page = open_page(color_scheme=theme)
    draw(page, SEVEN)
    ask(page, "Both")
    expect_words(page, "Both models say 7.")
    assert [text for text in TEXTS if page.evaluate(CONTRAST, text) < MIN_CONTRAST] == []
    page.context.set_offline(True)
    ask(page, "Both")
    expect(page.locator(".problem")).to_be_visible()
    assert page.evaluate(CONTRAST, ".problem") >= MIN_CONTRAST


def test_everything_can_be_reached_and_used_by_keyboard(page: Page) -> None:
    draw(page, SEVEN)
    reached = []
    for _ in range(3):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.value"))
        assert page.evaluate(FOCUS_RING) >= 2
    assert reached == ["both", "predict", "clear"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect_words(page, "Both models say 7.")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("radio", name="Neural network")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect_words(page, "Draw one digit, 0 to 9, then press Predict.")


def test_everything_has_a_role_and_a_name(page: Page) -> None:
    draw(page, SEVEN)
    ask(page, "Both")
    expect_words(page, "Both models say 7.")
    expect(page.locator("body")).to_match_aria_snapshot(
        """
        - banner:
          - heading "Draw a digit" [level=1]
        - main:
          - 'img "Sheet: draw one digit with mouse, finger or pen"'
          - group "Who answers":
            - radio "Decision tree"
            - radio "Neural network"
            - radio "Both" [checked]
          - button "Predict"
          - button "Clear"
          - region "Answer":
            - img "The drawing as the models see it"
            - status: Both models say 7.
            - article:
              - heading "Decision tree" [level=2]
              - paragraph: "7"
              - list "Probability of each digit, Decision tree"
            - article:
              - heading "Neural network" [level=2]
              - paragraph: "7"
              - list "Probability of each digit, Neural network"
        """
    )


def test_page_is_quiet_small_and_its_own(open_page: Open, site: str) -> None:
    page = open_page()
    complaints: list[str] = []
    served: dict[str, int] = {}
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda response: served.update({response.url: len(response.body())}))
    page.reload(wait_until="networkidle")
    loaded = dict(served)
    draw(page, SEVEN)
    for choice in ("Decision tree", "Neural network", "Both"):
        ask(page, choice)
        expect(page.get_by_role("status")).to_contain_text("7")
    page.get_by_role("button", name="Clear").click()
    assert complaints == []  # Chromium reports a violation of the content security policy here, too
    assert {url for url in served if not url.startswith(f"{site}/")} - {
        PICTURE for PICTURE in served if "data:" in PICTURE
    } == set()
    assert sum(loaded.values()) < MAX_BYTES


def test_policy_allows_nothing_inline(page: Page, site: str) -> None:
    policy = page.request.get(site).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


CUT_OFF = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.clientWidth && element.scrollWidth > element.clientWidth + 1)
  .map((element) => element.outerHTML.slice(0, 80))"""
OVERLAPPING = """() => {
  const parts = [...document.querySelectorAll("header, .sheet, fieldset, .actions, .verdict, article")]
    .filter((element) => element.checkVisibility());
  const boxes = parts.map((element) => element.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return parts.flatMap((part, i) => boxes.slice(i + 1).filter((box) => meet(boxes[i], box)).map(() => part.className));
}"""
FOCUS_RING = """() => {
  const focused = document.activeElement;
  const ring = getComputedStyle(focused.type === "radio" ? focused.nextElementSibling : focused);
  return ring.outlineStyle === "none" ? 0 : parseFloat(ring.outlineWidth);
}"""
CONTRAST = """(selector) => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => {
    const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = channels(colour).map((channel) => linear(channel / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return channels(colour)[3] === 0 ? background(element.parentElement) : colour;
  };
  return Math.min(...[...document.querySelectorAll(selector)].map((element) => {
    const pair = [getComputedStyle(element).color, background(element)].map(luminance).sort((a, b) => a - b);
    return (pair[1] + 0.05) / (pair[0] + 0.05);
  }));
}"""
