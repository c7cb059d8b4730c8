"""Sharing and playing: the link to a drawing, the saved picture, the tally, the challenge and the page's example."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Open
from tests.browser.test_prediction import mock_compare, prediction
from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.page_state import canvas_pixel, cards, expect_status
from tests.support.site import site

SHARE = """() => {
  window.shared = [];
  navigator.share = async (data) => { shared.push(data); };
}"""
NO_SHARE = "() => { Object.defineProperty(navigator, 'share', { value: undefined }); }"
NO_CLIPBOARD = (
    "() => { navigator.clipboard.writeText = () => Promise.reject(new DOMException('', 'NotAllowedError')); }"
)


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def shared_link(page: Page) -> str:
    """Draw a seven, and return its link."""
    page.evaluate(SHARE)
    draw(page, SEVEN)
    button(page, "Share this drawing")
    url: str = page.evaluate("shared[0].url")
    return url


def test_link_redraws_the_drawing_and_its_answer_in_another_profile(page: Page, browser: Browser) -> None:
    link = shared_link(page)
    expect_status(page, "Both models say 7.")
    other = browser.new_context(reduced_motion="reduce").new_page()
    requested: list[str] = []
    other.on("request", lambda request: requested.append(request.url))
    other.goto(link)
    expect_status(other, "Both models say 7.")
    assert canvas_pixel(other, 0.5, 0.24)[3] == 255
    assert canvas_pixel(other, 0.3, 0.6)[3] == 0
    for here, there in zip(cards(page), cards(other), strict=True):
        assert there.digit == here.digit
        assert there.bars == pytest.approx(here.bars, abs=0.05)
    assert [url for url in requested if "strokes" in url] == []  # the fragment is sent to no server
    other.context.close()


def test_server_log_has_nothing_of_a_shared_drawing(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(reduced_motion="reduce")
    with (tmp_path / "log").open("wb") as log, site(log) as url:
        page = context.new_page()
        page.goto(url)
        link = shared_link(page)
        other = context.new_page()
        with other.expect_response("**/api/compare") as response:
            other.goto(link)
        expect_status(other, "Both models say 7.")
    context.close()
    logged = (tmp_path / "log").read_text()
    assert logged.count('"POST /api/compare 200"') == 2
    picture = json.loads(response.value.request.post_data or "")["drawing_data"].partition(",")[2]
    for drawing in (link.partition("#")[2], picture):
        pieces = [drawing[i : i + 8] for i in range(0, len(drawing) - 7, 8)]
        assert len(pieces) > 5
        assert [piece for piece in pieces if piece in logged] == []


def test_change_of_the_drawing_removes_the_link_from_the_address(page: Page) -> None:
    link = shared_link(page)
    page.goto("about:blank")
    page.goto(link)
    expect_status(page, "Both models say 7.")
    assert page.url == link
    page.keyboard.press("Delete")
    assert page.url == link.partition("#")[0]
    page.keyboard.press("Control+z")
    expect_status(page, "Both models say 7.")


def test_link_opened_in_an_open_page_is_drawn(page: Page) -> None:
    link = shared_link(page)
    page.keyboard.press("Delete")
    page.evaluate("(link) => { location.href = link; }", link)
    expect_status(page, "Both models say 7.")


def test_damaged_link_opens_a_blank_page(page: Page) -> None:
    page.goto(f"{page.url}#strokes=broken")
    page.reload()
    expect_status(page, "Draw a digit from 0 to 9.")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_link_is_copied_where_there_is_no_share_sheet(open_page: Open) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.evaluate(NO_SHARE)
    draw(page, SEVEN)
    button(page, "Share this drawing")
    page.get_by_text("Link copied. It contains your drawing; nothing is stored on a server.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"{page.url}#strokes=")


def test_link_is_in_the_address_where_copying_is_denied(page: Page) -> None:
    page.evaluate(NO_SHARE)
    page.evaluate(NO_CLIPBOARD)
    draw(page, SEVEN)
    button(page, "Share this drawing")
    page.get_by_text("The link to your drawing is now in the address bar.").wait_for()
    assert "#strokes=" in page.url


def test_saved_picture_is_black_on_white(page: Page, tmp_path: Path) -> None:
    draw(page, SEVEN)
    with page.expect_download() as download:
        button(page, "Save as picture")
    assert download.value.suggested_filename == "digit-7.png"
    path = tmp_path / "digit.png"
    download.value.save_as(path)
    with Image.open(io.BytesIO(path.read_bytes())) as picture:
        pixels = np.asarray(picture.convert("L"))
    assert pixels.shape == (560, 560)
    assert (pixels[134, 280], pixels[300, 100]) == (0, 255)


def test_tally_is_kept_on_the_device(page: Page) -> None:
    draw(page, SEVEN)
    button(page, "Yes")
    page.get_by_text("Thanks! Counted on this device only.").wait_for()
    page.get_by_text("Right so far: neural network 1 of 1, decision tree 1 of 1.").wait_for()
    expect(page.get_by_role("button", name="Yes")).to_have_count(0)  # one vote for each drawing
    page.reload()
    mock_compare(page, prediction("tree", 1), prediction("mlp", 7))
    draw(page, SEVEN)
    button(page, "7")
    page.get_by_text(
        "Right so far: neural network 2 of 2, decision tree 1 of 2. Digits they disagreed on: 1."
    ).wait_for()
    draw(page, SEVEN)
    button(page, "Neither")
    page.get_by_text("neural network 2 of 3, decision tree 1 of 3. Digits they disagreed on: 2.").wait_for()


def test_challenge_is_won_by_a_digit_on_which_the_models_disagree(page: Page) -> None:
    draw(page, SEVEN)
    page.get_by_text("Challenge: draw a digit that they disagree on.").wait_for()
    mock_compare(page, prediction("tree", 1), prediction("mlp", 7))
    draw(page, SEVEN)
    page.get_by_text("You did it: they disagree!").wait_for()
    assert json.loads(page.evaluate("localStorage.tally"))["disagreements"] == 1


def test_scribble_and_sample_are_not_counted(page: Page) -> None:
    mock_compare(page, prediction("tree", 1), prediction("mlp", 7))
    button(page, "Sample 1")
    expect(page.locator("#status")).to_contain_text("They disagree")
    expect(page.get_by_role("button", name="Save as picture")).to_be_visible()
    expect(page.get_by_role("button", name="Share this drawing")).to_be_hidden()
    mock_compare(page, prediction("tree", 1), prediction("mlp", 7), is_digit=False, reason="not_a_digit")
    draw(page, SEVEN)
    expect(page.get_by_role("button", name="Share this drawing")).to_be_visible()
    assert page.locator("#question").text_content() == ""
    assert page.evaluate("localStorage.tally") is None


@pytest.mark.parametrize("stored", ["{", "7", '{"count": "many"}', '{"other": 1}'])
def test_damaged_tally_starts_again(page: Page, stored: str) -> None:
    page.evaluate("(stored) => localStorage.setItem('tally', stored)", stored)
    draw(page, SEVEN)
    button(page, "No")
    page.get_by_text("Right so far: neural network 0 of 1, decision tree 0 of 1.").wait_for()


# The page's own example


@pytest.fixture
def moving(open_page: Open) -> Page:
    """A first visit without reduced motion."""
    page = open_page()
    page.emulate_media(reduced_motion="no-preference")
    page.reload()
    return page


def test_untouched_page_draws_an_example_once(moving: Page) -> None:
    expect_status(moving, "Both models say 7.")
    expect(moving.get_by_role("button", name="Undo")).to_be_disabled()
    expect(moving.get_by_role("button", name="Save as picture")).to_be_visible()
    assert moving.locator("#question").text_content() == ""
    moving.reload()
    moving.wait_for_timeout(2500)  # longer than until the example starts
    expect_status(moving, "Draw a digit from 0 to 9.")


def test_first_stroke_replaces_the_example(moving: Page) -> None:
    expect_status(moving, "Both models say 7.")
    draw(moving, [[(0.2, 0.9), (0.4, 0.9)]])
    assert canvas_pixel(moving, 0.5, 0.24)[3] == 0
    assert canvas_pixel(moving, 0.3, 0.9)[3] == 255


def test_key_ends_the_example(moving: Page) -> None:
    expect(moving.get_by_text("Draw here")).to_be_hidden()
    moving.keyboard.press("Tab")
    expect_status(moving, "Draw a digit from 0 to 9.")
    moving.wait_for_timeout(1500)
    expect_status(moving, "Draw a digit from 0 to 9.")


def test_reduced_motion_has_no_example(page: Page) -> None:
    page.wait_for_timeout(2500)
    expect_status(page, "Draw a digit from 0 to 9.")
    expect(page.get_by_text("Draw here")).to_be_visible()
