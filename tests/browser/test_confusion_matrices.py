"""Confusion matrix explorer of the report: every cell shows exactly the images that it counts."""

import json
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from evaluation import predictions as published
from evaluation.command import FOLDER
from evaluation.predictions import Predictions
from evaluation.schema import KINDS, Kind
from tests.browser.conftest import Open
from tests.support.browser.confusion_matrices import (
    Card,
    cards,
    cell,
    expect_digits,
    screenshot_pixels,
    show_all,
    status,
)
from training import dataset

PREDICTIONS: Predictions = json.loads((FOLDER / published.FILE).read_text())
LABELS = published.labels(PREDICTIONS)
PREDICTED = {kind: published.digits(PREDICTIONS["models"][kind]["predictions"]) for kind in KINDS}
TRUE_CLASS = [published.true_class_probability(PREDICTIONS, kind) for kind in KINDS]
EASE = (TRUE_CLASS[0] + TRUE_CLASS[1]).round(4)
INNER = np.s_[2:26, 2:26]  # of a picture, without its round corners
MATRICES = {kind: np.array(published.confusion_matrix(PREDICTIONS, kind)) for kind in KINDS}


@pytest.fixture
def report(page: Page, site: str) -> Page:
    page.goto(f"{site}/report.html")
    return page


def select(page: Page, table: str, label: int, predicted: int) -> Locator:
    button = cell(page, table, label, predicted)
    button.click()
    expect_digits(page)
    return button


def counted(table: str, label: int, answer: int) -> list[int]:
    """The test images in a cell, by their indices."""
    kinds = [kind for kind in KINDS if table in (kind, "difference")]
    predicted = np.any([PREDICTED[kind] == answer for kind in kinds], axis=0)
    return [int(index) for index in np.flatnonzero(predicted & np.equal(LABELS, label))]


@pytest.mark.parametrize("kind", KINDS)
def test_cells_of_a_model_contain_every_test_image(report: Page, kind: Kind) -> None:
    counts = np.array(report.evaluate(COUNT_EVERY_CELL, kind))
    assert counts.sum() == 10_000
    np.testing.assert_array_equal(counts, MATRICES[kind][..., None])


def test_difference_cells_group_images_by_model(report: Page) -> None:
    counts = np.array(report.evaluate(COUNT_EVERY_CELL, "difference"))  # only the MLP, only the tree, both
    np.testing.assert_array_equal(counts[..., 0] + counts[..., 2], MATRICES["mlp"])
    np.testing.assert_array_equal(counts[..., 1] + counts[..., 2], MATRICES["tree"])


@pytest.mark.parametrize(
    ("table", "label", "predicted"),
    [("tree", 4, 9), ("mlp", 2, 7), ("tree", 1, 1), ("difference", 5, 3), ("difference", 8, 8), ("mlp", 6, 0)],
)
def test_selected_cell_shows_the_images_that_it_counts(report: Page, table: str, label: int, predicted: int) -> None:
    button = select(report, table, label, predicted)
    expect(report.get_by_role("heading", level=3)).to_have_text(button.get_attribute("aria-label") or "")
    show_all(report)
    shown = cards(report)
    assert sorted(card.index for card in shown) == counted(table, label, predicted)
    assert {card.label for card in shown} == {label}
    if table != "difference":
        ease = [EASE[card.index] for card in shown]
        assert ease == sorted(ease)


def test_card_shows_both_predictions_and_confidences(report: Page) -> None:
    select(report, "tree", 4, 9)
    tree, mlp = PREDICTIONS["models"]["tree"], PREDICTIONS["models"]["mlp"]
    right = [index for index in counted("tree", 4, 9) if PREDICTED["mlp"][index] == 4]
    index = min(right, key=lambda index: mlp["confidence"][index])
    (card,) = (card for card in cards(report) if card.index == index)
    sure, rest = tree["confidence"][index] / 100, tree["true_class_probability"][str(index)] / 100
    network = mlp["confidence"][index] / 100
    assert card == Card(4, index, f"4 {network:.1f}%", f"9 ✗ {sure:.1f}%4: {rest:.1f}%")


def test_shown_images_equal_the_test_images(report: Page) -> None:
    images = dataset.load().test.images
    for table, label, predicted in (("tree", 4, 9), ("difference", 9, 7)):
        select(report, table, label, predicted)
        pictures = report.locator(".cell .cards svg")
        for place, card in list(enumerate(cards(report)))[::5]:
            np.testing.assert_array_equal(screenshot_pixels(pictures.nth(place))[INNER], images[card.index][INNER])


def test_image_card_looks_the_same_in_both_places(report: Page) -> None:
    index = published.hardest(PREDICTIONS)[0]
    select(report, "difference", LABELS[index], PREDICTED["tree"][index])
    number = re.compile(rf"no\. {index}\D")
    here, there = (report.locator(f"{part} li", has_text=number).first for part in (".cell", "#hardest"))
    assert here.evaluate(WITHOUT_PLACE) == there.evaluate(WITHOUT_PLACE)
    np.testing.assert_array_equal(
        screenshot_pixels(here.locator("svg"))[INNER], screenshot_pixels(there.locator("svg"))[INNER]
    )


def test_arrow_keys_move_between_cells_and_enter_or_space_selects(report: Page) -> None:
    cell(report, "mlp", 0, 0).focus()
    for keys, label, predicted in (
        (["ArrowRight", "ArrowDown", "ArrowDown"], 2, 1),
        (["ArrowLeft", "ArrowLeft"], 2, 0),  # stops at the edge
        (["End", "ArrowUp"], 1, 9),
        (["Home"], 1, 0),
        (["Control+End"], 9, 9),
        (["Control+Home"], 0, 0),
    ):
        for key in keys:
            report.keyboard.press(key)
        expect(cell(report, "mlp", label, predicted)).to_be_focused()
    for key, label in (("Enter", 1), ("Space", 2)):
        report.keyboard.press("ArrowDown")
        report.keyboard.press(key)
        expect_digits(report)
        chosen = report.locator("[aria-selected=true]").get_by_role("button")
        expect(chosen).to_have_count(1)
        expect(chosen).to_be_focused()
        expect(chosen).to_have_accessible_name(re.compile(f"^{label} predicted as 0 by the MLP: "))


def test_each_matrix_is_one_tab_stop(report: Page) -> None:
    select(report, "mlp", 1, 1)
    report.keyboard.press("Tab")
    more = report.get_by_role("button", name=f"Show 300 more of {MATRICES['mlp'][1, 1] - 60:,}")
    expect(more).to_be_focused()
    report.keyboard.press("Enter")
    expect(report.locator(".cell .cards li").nth(60)).to_be_focused()
    assert len(cards(report)) == 360
    report.keyboard.press("Tab")
    report.keyboard.press("Tab")
    expect(cell(report, "tree", 0, 0)).to_be_focused()
    report.keyboard.press("Tab")
    expect(cell(report, "difference", 0, 0)).to_be_focused()
    report.keyboard.press("Shift+Tab")
    report.keyboard.press("Shift+Tab")
    report.keyboard.press("Shift+Tab")
    expect(cell(report, "mlp", 1, 1)).to_be_focused()


def test_matrices_are_grids_of_named_buttons(report: Page) -> None:
    select(report, "mlp", 4, 9)
    expect(report.get_by_role("grid")).to_have_count(3)
    row = report.get_by_role("grid", name="Neural network").get_by_role("row").nth(6)
    expect(row).to_match_aria_snapshot(
        f"""
        - row:
          - rowheader "4"
          - gridcell:
            - 'button "4 predicted as 0 by the MLP: {MATRICES["mlp"][4, 0]}"'
          - gridcell:
            - 'button "4 predicted as 1 by the MLP: {MATRICES["mlp"][4, 1]}"'
        """
    )
    mistakes = MATRICES["mlp"][4, 9]
    expect(row.get_by_role("gridcell", selected=True)).to_have_text(str(mistakes))
    expect(report.get_by_role("region", name=f"4 predicted as 9 by the MLP: {mistakes}", exact=True)).to_be_visible()


def test_data_is_fetched_when_a_cell_is_selected(report: Page) -> None:
    report.wait_for_load_state("networkidle")
    requested: list[str] = []
    report.on("request", lambda request: requested.append(request.url.rsplit("/", 1)[-1]))
    report.locator("#confusion").scroll_into_view_if_needed()
    cell(report, "tree", 4, 9).hover()
    report.wait_for_load_state("networkidle")
    assert [name for name in requested if not name.endswith(".svg")] == []
    select(report, "tree", 4, 9)
    assert {name for name in requested if not name.endswith(".svg")} == {"predictions.json", "digits-4.webp"}
    select(report, "mlp", 4, 4)
    assert requested.count("predictions.json") == requested.count("digits-4.webp") == 1
    select(report, "difference", 7, 4)
    assert requested.count("digits-7.webp") == requested.count("predictions.json") == 1


@pytest.mark.parametrize("missing", ["predictions.json", "digits-4.webp"])
def test_failed_download_can_be_retried(report: Page, missing: str) -> None:
    report.route(f"**/{missing}", lambda route: route.abort())
    cell(report, "tree", 4, 9).click()
    expect(status(report)).to_have_text("The images could not be loaded. Check the connection, then try again.")
    assert cards(report) == []
    report.unroute(f"**/{missing}")
    report.get_by_role("button", name="Try again").click()
    expect_digits(report)
    expect(report.get_by_role("heading", level=3)).to_be_focused()
    assert len(cards(report)) == MATRICES["tree"][4, 9]


def test_error_response_can_be_retried(report: Page) -> None:
    report.route("**/predictions.json", lambda route: route.fulfill(status=503, json=PREDICTIONS))
    cell(report, "mlp", 9, 4).click()
    expect(report.get_by_role("button", name="Try again")).to_be_visible()


def test_late_response_does_not_replace_a_newer_cell(report: Page) -> None:
    held: list[Route] = []
    report.route("**/digits-4.webp", lambda route: held.append(route))
    cell(report, "tree", 4, 9).click()
    expect(status(report)).to_have_text("Loading images …")
    select(report, "tree", 8, 5)
    with report.expect_response("**/digits-4.webp"):
        held[0].continue_()
    report.evaluate(TWO_FRAMES)
    assert {card.label for card in cards(report)} == {8}
    expect(report.get_by_role("heading", level=3)).to_have_text(
        f"8 predicted as 5 by the tree: {MATRICES['tree'][8, 5]}"
    )


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_selected_cell_fits_and_keeps_its_place(open_page: Open, site: str, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900}, has_touch=True)
    page.goto(f"{site}/report.html")
    for table, label, predicted in (("mlp", 5, 5), ("difference", 5, 3)):
        button = cell(page, table, label, predicted)
        button.scroll_into_view_if_needed()
        button.tap()
        expect_digits(page)
        page.evaluate(TWO_FRAMES)
        box, title = button.bounding_box(), page.get_by_role("heading", level=3).bounding_box()
        assert box is not None
        assert title is not None
        assert 0 <= box["y"] < title["y"] < 900
        assert box["width"] >= 24
        assert box["height"] >= 36
        assert page.evaluate("document.documentElement.scrollWidth") == width
        for part in page.locator(".cell, .matrix").all():
            assert part.evaluate("(element) => element.scrollWidth - element.clientWidth") == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_have_contrast_on_their_background(open_page: Open, site: str, theme: Any) -> None:
    page = open_page(color_scheme=theme)
    page.goto(f"{site}/report.html")
    select(page, "tree", 4, 9)
    ratios: dict[str, float] = page.evaluate(HEAT_CONTRASTS)
    levels = {f"{kind} level-{level}" for kind in ("mlp", "tree") for level in range(1, 6)}
    assert len(levels & {name.removeprefix("correct ") for name in ratios}) >= 9
    assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}


def test_matrices_are_readable_without_javascript(open_page: Open, site: str) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{site}/report.html")
    tables = page.locator("#matrices table")
    expect(tables).to_have_count(3)
    numbers = [int(text) for text in tables.nth(1).locator("tbody td").all_text_contents()]
    np.testing.assert_array_equal(np.array(numbers).reshape(10, 10), MATRICES["tree"])
    expect(page.locator("#confusion noscript p")).to_be_visible()
    expect(page.locator("#hardest > :is(.cards, .fold) li")).to_have_count(30)


COUNT_EVERY_CELL = """async (kind) => {
  const status = document.querySelector("#confusion .cell [role=status]");
  const frame = () => new Promise(requestAnimationFrame);
  const rows = [...document.querySelectorAll(`[data-counts=${kind}] tbody tr`)];
  const number = (text) => Number(text.match(/([\\d,]+)\\D*$/)?.[1].replace(",", "") ?? 0);
  const count = (list) => list.children.length + (list.nextSibling.hidden ? 0 : number(list.nextSibling.textContent));
  const counts = [];
  for (const row of rows) {
    counts.push([]);
    for (const button of row.querySelectorAll("button")) {
      button.click();
      while (status.textContent.startsWith("Loading")) await frame();
      const lists = [...document.querySelectorAll(".cell .cards")];
      const titled = new Map(lists.map((list) => [list.previousSibling?.textContent.split(":")[0] ?? "", count(list)]));
      const names = ["MLP only", "Tree only", "Both"];
      counts.at(-1).push(kind === "difference" ? names.map((name) => titled.get(name) ?? 0) : [titled.get("")]);
    }
  }
  return counts;
}"""
WITHOUT_PLACE = """(item) => item.innerHTML.replace(/viewBox="[^"]*"/, "").replace(/<image[^>]*>/, "")"""
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
HEAT_CONTRASTS = """() => {
  const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const luminance = (color) => {
    brush.fillStyle = color;
    brush.fillRect(0, 0, 1, 1);
    const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].map((channel) => linear(channel / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratios = {};
  for (const td of document.querySelectorAll(".matrix tbody td")) {
    const colors = [getComputedStyle(td.firstChild).color, getComputedStyle(td).backgroundColor];
    const [dark, light] = colors.map(luminance).sort((a, b) => a - b);
    ratios[td.className] = Math.min(ratios[td.className] ?? 21, (light + 0.05) / (dark + 0.05));
  }
  return ratios;
}"""
