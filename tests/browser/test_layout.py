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


@pytest.mark.parametrize("locale", ["en", "pt-BR"])
@pytest.mark.parametrize(("width", "height"), [(360, 740), (390, 844)])
def test_phone_shows_the_canvas_and_both_answers_without_scrolling(
    open_page: Open, width: int, height: int, locale: str
) -> None:
    page = open_page(viewport={"width": width, "height": height}, locale=locale)
    draw(page, SEVEN)
    page.locator("#input").wait_for()
    for part in (".canvas-frame", ".tools", "#status", "article.tree", "article.mlp"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    expect(page.locator("#predict-form")).not_to_be_in_viewport()


@pytest.mark.parametrize("locale", ["en", "pt-BR"])
def test_laptop_shows_canvas_answers_explain_and_samples_without_scrolling(open_page: Open, locale: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 640}, locale=locale)
    draw(page, SEVEN)
    page.locator("#input").wait_for()
    for part in (".canvas-frame", ".tools", "#status", "article.tree", "article.mlp", "#explain", "#samples"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)


def test_predict_button_is_shown_while_automatic_answers_are_off(page: Page) -> None:
    button, switch = page.get_by_role("button", name="Predict"), page.get_by_role("switch")
    expect(button).to_be_hidden()
    switch.uncheck()
    expect(button).to_be_visible()
    page.reload()
    expect(button).to_be_visible()
    switch.check()
    expect(button).to_be_hidden()


def test_every_control_works_by_keyboard(page: Page) -> None:
    page.locator("#language").focus()
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.value"))
        assert page.evaluate(FOCUS_RING) >= 2
    assert reached == ["theme", "undo", "redo", "clear", "file", "see-inside", "", "both", "auto"]  # "": a sample
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect_status(page, "Both models say 2.")
    expect(page.get_by_role("button", name="Save as picture")).to_be_visible()
    for name in ("See inside the network", "Save as picture", "Details", "Explain"):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("document.activeElement.textContent") == name
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
    expect_status(page, "Draw a digit from 0 to 9.")


def test_every_control_has_a_role_and_a_name(page: Page) -> None:
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    expect(page.locator("body")).to_match_aria_snapshot(
        """
        - banner:
          - heading "Draw a digit" [level=1]
          - combobox "Language"
          - combobox "Colors"
        - main:
          - region "Drawing":
            - 'img "Canvas: draw a digit with your mouse, finger or pen"'
            - button "Undo"
            - button "Redo" [disabled]
            - button "Clear"
            - button "Picture"
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
            - group: Details
            - button "Share this drawing"
            - button "Save as picture"
            - status
            - paragraph: Was it right?
            - group "Was it right?":
              - button "Yes"
              - button "No"
            - paragraph: "Challenge: draw a digit that they disagree on."
          - toolbar "Or try one from the test set":
            - group "Easy":
              - button "Sample 0"
            - group "Hard":
              - button "Sample 1"
          - group "Model":
            - radio "Decision tree"
            - radio "Neural network"
            - radio "Both" [checked]
          - switch "Answer as I draw" [checked]
        - contentinfo:
          - link "How well do they read? The report"
          - link "The API"
        """
    )


def test_page_has_no_console_messages_and_no_foreign_requests(open_page: Open, site: str) -> None:
    page = open_page(service_workers="allow")
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
  const shown = "h1, .menu, header p, .canvas-frame, .tools > *, fieldset, .switch, #predict, .status, article,"
    + "#input-image, .model-input > *, #samples > *, #explanation, footer > *";
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
  const { nextElementSibling, parentElement } = focused; // these are visible instead of the focused control
  const visible = { radio: nextElementSibling, file: parentElement, "select-one": parentElement };
  const shown = visible[focused.type] ?? focused;
  const ring = getComputedStyle(shown);
  return ring.outlineStyle === "none" ? 0 : parseFloat(ring.outlineWidth);
}"""
