"""Page layout: every screen size, keyboard access, accessible names, and no requests to other hosts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.page_state import canvas_pixel, expect_status

SCREENS = [(320, 256), (360, 800), (768, 1024), (740, 360), (1440, 900), (2560, 1440)]  # the first is 1280 at 400 %
MIN_TARGET = 24  # CSS pixels, width and height, WCAG 2.2 AA; controls used while drawing have 44


@pytest.mark.parametrize("locale", ["en", "pt-BR"])
@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_nothing_is_cut_off_overlaps_or_scrolls_sideways(open_page: Open, width: int, height: int, locale: str) -> None:
    page = open_page(viewport={"width": width, "height": height}, locale=locale)
    draw(page, SEVEN)
    page.locator("#input").wait_for()
    page.locator("#explain").click()
    page.locator("#explanation").wait_for()
    for choice in ("both", "tree"):
        page.locator(f"input[value={choice}]").check()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate(OVERLAPPING) == []
        assert page.evaluate(SMALL, MIN_TARGET) == []


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_canvas_is_square_and_fits_the_screen(open_page: Open, width: int, height: int) -> None:
    box = open_page(viewport={"width": width, "height": height}).locator(".canvas-frame").bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(box["height"], abs=1)
    assert box["height"] <= max(height, 256)


def test_every_control_works_by_keyboard(page: Page) -> None:
    page.locator("#theme").focus()
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.value"))
        assert page.evaluate(FOCUS_RING) >= 2
    assert reached == ["undo", "redo", "clear", "file", "both", "auto", "predict", ""]  # the last is a sample
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect_status(page, "Both models say 2.")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == "explain"
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Explanation")).to_be_visible()
    page.locator("#theme").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "undo"
    page.keyboard.press("Control+Z")
    assert canvas_pixel(page, 0.5, 0.5)[3] == 0
    page.keyboard.press("Control+Shift+Z")
    expect_status(page, "Both models say 2.")
    page.keyboard.press("Delete")
    expect_status(page, "Draw one digit, 0 to 9.")


def test_every_control_has_a_role_and_a_name(page: Page) -> None:
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    expect(page.locator("body")).to_match_aria_snapshot(
        """
        - banner:
          - heading "Draw a digit" [level=1]
          - combobox "Colors"
        - main:
          - region "Drawing":
            - 'img "Sheet: draw one digit with mouse, finger or pen"'
            - button "Undo"
            - button "Redo" [disabled]
            - button "Clear"
            - button "Picture"
            - group "Model":
              - radio "Decision tree"
              - radio "Neural network"
              - radio "Both" [checked]
            - switch "Answer as I draw" [checked]
            - button "Predict"
          - region "Answer":
            - status: Both models say 7.
            - article:
              - heading "Decision tree" [level=2]
              - paragraph: "7"
              - list "Probability of each digit, Decision tree"
            - article:
              - heading "Neural network" [level=2]
              - paragraph: "7"
              - list "Probability of each digit, Neural network"
            - img "Your drawing, centered and scaled"
            - button "Explain"
          - toolbar "Or take one from the test set":
            - button "Sample 0"
        - contentinfo:
          - link "How well both models read digits"
          - link "The API"
        """
    )


def test_page_has_no_console_messages_and_no_foreign_requests(open_page: Open, site: str) -> None:
    page = open_page()
    messages: list[str] = []
    requested: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: requested.append(request.url))
    page.reload(wait_until="networkidle")
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    page.get_by_role("button", name="Explain").click()
    page.get_by_role("region", name="Explanation").wait_for()
    page.get_by_role("button", name="Sample 4").click()
    page.get_by_role("button", name="Clear").click()
    assert messages == []  # Chromium reports a violation of the content security policy here, too
    assert [url for url in requested if not url.startswith((f"{site}/", "data:"))] == []


def test_reduced_motion_disables_transitions(open_page: Open) -> None:
    durations = "[...document.querySelectorAll('.fill')].map((fill) => getComputedStyle(fill).transitionDuration)"
    assert set(open_page().evaluate(durations)) == {"0s"}
    moving = open_page()
    moving.emulate_media(reduced_motion="no-preference")
    assert set(moving.evaluate(durations)) == {"0.25s"}


def test_content_security_policy_forbids_inline_code(page: Page, site: str) -> None:
    policy = page.request.get(site).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


CUT_OFF = """() => [...document.querySelectorAll("body :not([type=file])")]
  .filter((element) => element.clientWidth && element.scrollWidth > element.clientWidth + 1)
  .filter((element) => getComputedStyle(element).overflowX !== "auto")
  .map((element) => element.outerHTML.slice(0, 80))"""
OVERLAPPING = """() => {
  const shown = "h1, #theme, header p, .canvas-frame, .tools > *, fieldset, .switch, #predict, .status, article,"
    + "#input-image, #facts, #explain, #samples > *, #explanation, footer > *";
  const parts = [...document.querySelectorAll(shown)].filter((element) => element.checkVisibility());
  const boxes = parts.map((element) => element.getBoundingClientRect());
  const meet = (a, b) => a.left + 1 < b.right && b.left + 1 < a.right && a.top + 1 < b.bottom && b.top + 1 < a.bottom;
  return parts.flatMap((part, i) => boxes.slice(i + 1).flatMap((box, j) =>
    meet(boxes[i], box) ? [`${part.outerHTML.slice(0, 60)} | ${parts[i + 1 + j].outerHTML.slice(0, 60)}`] : []));
}"""
SMALL = """(least) => [...document.querySelectorAll("button, select, input, a, summary")]
  .filter((element) => element.checkVisibility())
  .filter((element) => Math.min(element.offsetWidth, element.offsetHeight) < least)
  .map((element) => `${element.offsetWidth}x${element.offsetHeight} ${element.outerHTML.slice(0, 80)}`)"""
FOCUS_RING = """() => {
  const focused = document.activeElement;
  const shown = { radio: focused.nextElementSibling, file: focused.parentElement }[focused.type] ?? focused;
  const ring = getComputedStyle(shown);
  return ring.outlineStyle === "none" ? 0 : parseFloat(ring.outlineWidth);
}"""
