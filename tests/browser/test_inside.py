"""Picture of the network: the units and links of the preview network, live while one draws."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_prediction import hold
from tests.browser.test_preview import note, start_seven
from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.page_state import expect_status

LINKS = """async ([layers, digit]) => {
  const { strongestLinks } = await import("/js/views/inside.js");
  return strongestLinks(layers, digit).map(({ layer, from, to }) => [layer, from, to]);
}"""
OPACITY = """canvas => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const parts = { pixels: [0, 168], first: [258, 342], second: [432, 516] };
  return Object.fromEntries(Object.entries(parts).map(([name, [left, right]]) => {
    let painted = 0;
    for (let x = Math.ceil((left + 2) * width / 640); x < (right - 2) * width / 640; x++) {
      for (let y = 3; y < height - 3; y++) painted += data[4 * (y * width + x) + 3] > 200;
    }
    return [name, painted];
  }));
}"""

PATIENCE = 50  # looks at the picture, a tenth of a second apart


@pytest.fixture
def opened(page: Page) -> Page:
    page.get_by_text("See inside the network").click()
    page.locator("canvas.network").wait_for()
    return page


def painted(page: Page) -> dict[str, int]:
    """Count the nearly opaque pixels of each layer."""
    count: dict[str, int] = page.locator("canvas.network").evaluate(OPACITY)
    return count


def expect_painted(page: Page, is_lit: Callable[[int], bool]) -> None:
    """Wait until the number of nearly opaque pixels of each layer is as expected."""
    for _ in range(PATIENCE):
        if all(map(is_lit, painted(page).values())):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"painted: {painted(page)}")


def test_links_lead_from_the_answer_to_the_pixels(page: Page) -> None:
    first = {"values": [1, 2, 0, 1], "weights": [1, 0, 1, 3, 9, 9, -1, 2]}  # by input: of units 0 and 1
    second = {"values": [1, 1], "weights": [2, -1, 1, 3]}
    third = {"values": [1, 2], "weights": [1, 5, 2, -1]}
    links = page.evaluate(LINKS, [[first, second, third], 0])
    assert links == [
        *[[2, 1, 0], [2, 0, 0]],  # 2 x 2 and 1 x 1
        *[[1, 1, 1], [1, 0, 0], [1, 1, 0]],
        *[[0, 1, 1], [0, 3, 1], [0, 1, 0], [0, 0, 0]],
    ]
    assert page.evaluate(LINKS, [[first, second, third], 1])[0] == [2, 0, 1]


def test_units_light_up_before_the_pen_is_up(opened: Page) -> None:
    expect_painted(opened, lambda count: count == 0)
    start_seven(opened)
    expect(note(opened)).to_have_text("quick guess")
    expect_painted(opened, lambda count: count > 20)
    opened.mouse.up()
    opened.get_by_role("button", name="Clear").click()
    expect_painted(opened, lambda count: count == 0)


def test_sample_is_shown_once_it_is_answered(opened: Page) -> None:
    opened.get_by_role("button", name="Sample 7").first.click()
    expect(opened.locator("#status:not(.old)")).to_contain_text("say")
    expect_painted(opened, lambda count: count > 20)


def test_picture_opens_after_the_answer_on_a_phone(open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    page.get_by_text("See inside the network").click()
    page.locator("canvas.network").wait_for()
    expect_painted(page, lambda count: count > 5)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_closed_picture_loads_nothing(page: Page) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    hold(page)
    draw(page, SEVEN)
    expect(note(page)).to_have_text("quick guess")
    assert [url for url in requested if url.endswith("inside.js")] == []
