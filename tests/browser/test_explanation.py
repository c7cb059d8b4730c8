"""Explanation panels: the tree's path step by step, and the neural network's attribution of each pixel."""

import io
import math
import re
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open
from tests.browser.test_layout import CUT_OFF, FOCUS_RING
from tests.support.browser.drawing import SEVEN, draw

type Color = tuple[float, ...]  # red, green, blue, 0..255

FOR, AGAINST, INK = (90, 176, 255), (255, 140, 26), (89, 89, 89)  # INK: without attribution
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
MINUS = "\N{MINUS SIGN}"
SIGN_THRESHOLD = 0.3  # of the strongest pixel; pixels above it show a sign
PLAY_INTERVAL = 500  # milliseconds for each step
# Linear red, green and blue as perceived with one kind of cone missing. G. M. Machado, M. M. Oliveira,
# L. A. F. Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009, severity 1.
COLOR_VISION: dict[str, list[tuple[float, ...]]] = {
    "normal": [(1, 0, 0), (0, 1, 0), (0, 0, 1)],
    "protanopia": [(0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)],
    "deuteranopia": [(0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)],
    "tritanopia": [(1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)],
}


def explain(page: Page) -> dict[str, Any]:
    """Press Explain. Returns the explained predictions, by model."""
    with page.expect_response("**/api/*?explain=true") as response:
        page.get_by_role("button", name="Explain").click()
    return by_model(response.value.json())


def by_model(response: dict[str, Any]) -> dict[str, Any]:
    return {prediction["model"]: prediction for prediction in response["predictions"]}


def panel(page: Page, name: str) -> Locator:
    return page.locator(".explanation-panel", has=page.get_by_role("heading", name=name))


def mock_response(attribution: dict[tuple[int, int], float], score: float = 2.0) -> dict[str, Any]:
    """Make a response: 7 over 1, the given attributions by (row, column), and a tree path of three steps."""
    probabilities = [0.02] * 10
    pixels = [[attribution.get((row, column), 0.0) for column in range(28)] for row in range(28)]
    mlp = {"attribution": pixels, "seen": PIXEL, "runner_up": 1, "score": score}
    step = {"threshold": 39.5, "value": 1.0, "side": "low", "samples": 1234, "position": [9.5, 4.0]}
    pixels_compared = [
        {"row": row, "column": column, "probabilities": probabilities} for row, column in ((3, 2), (5, 6), (3, 2))
    ]
    path = [{**step, **pixel} for pixel in pixels_compared]
    explanations = {"tree": {"seen": PIXEL, "path": path, "root": probabilities}, "mlp": mlp}
    predictions = [
        {"model": model, "version": "1", "digit": 7, "probabilities": probabilities, "explanation": explanation}
        for model, explanation in explanations.items()
    ]
    return {"input": PIXEL, "predictions": predictions}


def show(page: Page, response: dict[str, Any]) -> None:
    """Show the explanations of a response, without a request."""
    page.evaluate(SHOW, response)


def describe(step: dict[str, Any]) -> str:
    outcome = {"low": "No", "high": "Yes"}[step["side"]]
    digit = max(range(10), key=lambda digit: step["probabilities"][digit])
    share = step["probabilities"][digit]
    percent = "more than 99.9%" if 0.9995 <= share < 1 else f"{share:.1%}"
    return (
        f"Does the pixel in row {step['row'] + 1}, column {step['column'] + 1} have more ink than "
        f"{int(step['threshold'])} of 255? {outcome}: it has {step['value']:.0f}. {digit} now leads with {percent}."
    )


def test_tree_path_equals_the_response_at_every_step(page: Page) -> None:
    draw(page, SEVEN)
    tree = explain(page)["tree"]["explanation"]
    shown = panel(page, "Why the decision tree says 7")
    slider = shown.get_by_role("slider", name="Questions asked")
    count = len(tree["path"])
    expect(slider).to_have_js_property("value", "1")
    assert shown.locator("img").first.get_attribute("src") == tree["seen"]
    assert shown.evaluate(DIAGRAM)[0] == [*map(str, range(1, count + 1)), "7"]
    for place, step in enumerate(tree["path"], 1):
        expect(shown.locator(".step")).to_have_text(f"Question {place} of {count}: {describe(step)}")
        now, here = shown.evaluate(RINGS)
        assert now == pytest.approx([step["row"], step["column"]])
        assert here == pytest.approx(step["position"])
        numbers: dict[tuple[int, int], list[str]] = {}
        for number, compared in enumerate(tree["path"][:place], 1):
            numbers.setdefault((compared["row"], compared["column"]), []).append(str(number))
        expected = {pixel: "·".join(each) for pixel, each in numbers.items()}
        assert {(row, column): number for row, column, number in shown.evaluate(NUMBERS)} == expected
        assert shown.evaluate(DIAGRAM)[1:] == [place if place < count else count + 1, str(place)]
        assert shown.evaluate(COLUMNS) == pytest.approx(step["probabilities"], abs=0.02)
        leading = step["probabilities"].index(max(step["probabilities"]))
        assert shown.locator(".columns .top").all_text_contents() == [str(leading)]
        slider.press("ArrowRight")
    shown.get_by_text(f"All {count} questions").click()
    assert shown.locator("details li").all_text_contents() == [describe(step) for step in tree["path"]]


def test_pixel_compared_twice_shows_both_numbers(page: Page) -> None:
    show(page, mock_response({(5, 5): 1.0}))
    shown = panel(page, "Why the decision tree says 7")
    assert shown.evaluate(NUMBERS) == [[3, 2, "1"]]
    shown.get_by_role("slider").press("End")
    assert sorted(shown.evaluate(NUMBERS)) == [[3, 2, "1·3"], [3, 2, "1·3"], [5, 6, "2"]]


def test_diagram_rises_for_yes_and_falls_for_no(page: Page) -> None:
    response = mock_response({})
    for step, side in zip(response["predictions"][0]["explanation"]["path"], ("high", "low", "low"), strict=True):
        step["side"] = side
    show(page, response)
    heights = page.locator(".path circle").evaluate_all("circles => circles.map((circle) => circle.cy.baseVal.value)")
    assert [after - before for before, after in pairwise(heights)] == [-20, 20, 20]


def test_sentence_is_above_the_controls(page: Page) -> None:
    show(page, mock_response({(5, 5): 1.0}))
    boxes = [page.locator(part).bounding_box() for part in (".step", ".path", ".player")]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == 3
    assert tops == sorted(tops)


def test_colors_of_the_strongest_pixels_match_the_legend(page: Page) -> None:
    draw(page, SEVEN)
    mlp = explain(page)["mlp"]["explanation"]
    shown = panel(page, "Why the neural network says 7")
    values = {(y, x): value for y, row in enumerate(mlp["attribution"]) for x, value in enumerate(row)}
    strongest = max(map(abs, values.values()))
    for place, color in ((max(values, key=values.__getitem__), FOR), (min(values, key=values.__getitem__), AGAINST)):
        opacity = math.sqrt(abs(values[place]) / strongest)
        assert color_of(shown, place) == pytest.approx(mix(color, ink(shown, place), opacity), abs=3)
    blank = next(place for place, value in values.items() if value == 0 and place[0] == 14)
    assert color_of(shown, blank) == (0, 0, 0)
    legend = shown.evaluate(LEGEND)
    other = mlp["runner_up"]
    assert legend == [
        [f"evidence for 7 over {other}", '"+" / ""', css(FOR)],
        [f"evidence for {other} over 7", f'"{MINUS}" / ""', css(AGAINST)],
    ]


def test_signs_match_colors(page: Page) -> None:
    show(page, mock_response({(5, 5): 2.0, (9, 9): -1.0, (10, 9): -0.5, (20, 7): 0.1}))
    shown = panel(page, "Why the neural network says 7")
    assert shown.evaluate(SQUARES) == [[5, 5, "for"], [9, 9, "against"], [10, 9, "against"], [20, 7, "for"]]
    assert shown.locator("figure").first.locator("text").all_text_contents() == ["+", MINUS]


@pytest.mark.parametrize(
    ("attribution", "sentence"),
    [
        (
            {(5, 5): 2.0, (9, 9): -1.0, (22, 14): -3.0},
            "The ink at the top left counts most for it. The ink at the bottom counts most against it.",
        ),
        (
            {(10, 20): 2.0, (11, 10): -1.0, (22, 10): 0.5},
            "The ink at the top right counts most for it. The ink on the left counts most against it.",
        ),
        ({(14, 14): 1.0}, "The ink in the middle counts most for it. No part of the ink counts against it."),
    ],
)
def test_sentence_names_the_strongest_regions(
    page: Page, attribution: dict[tuple[int, int], float], sentence: str
) -> None:
    show(page, mock_response(attribution))
    expect(panel(page, "Why the neural network says 7").get_by_text("The ink")).to_contain_text(sentence)


@pytest.mark.parametrize(
    ("score", "times"),
    [(math.log(3.44), "3.4 times"), (math.log(92_345), "92,000 times"), (20.0, "more than a million times")],
)
def test_sentence_gives_the_odds_ratio(page: Page, score: float, times: str) -> None:
    show(page, mock_response({(5, 5): 1.0}, score))
    expect(page.get_by_text(f"To the network, 7 is {times} more likely than the second guess, 1.")).to_be_visible()


def test_odds_ratio_equals_the_ratio_of_the_probabilities(page: Page) -> None:
    draw(page, SEVEN)
    mlp = explain(page)["mlp"]
    probabilities, explanation = mlp["probabilities"], mlp["explanation"]
    ratio = probabilities[7] / probabilities[explanation["runner_up"]]
    assert math.exp(explanation["score"]) == pytest.approx(ratio, rel=1e-3)


def test_deskewed_input_of_the_neural_network_is_shown(page: Page) -> None:
    draw(page, SEVEN)
    mlp = explain(page)["mlp"]["explanation"]
    figure = page.get_by_role("figure", name="Straightened: what the network sees")
    image = figure.locator("img")
    assert image.get_attribute("src") == mlp["seen"]
    assert image.evaluate("i => [i.naturalWidth, getComputedStyle(i).imageRendering]") == [28, "pixelated"]


@pytest.mark.parametrize("vision", COLOR_VISION)
def test_colors_differ_in_every_kind_of_color_vision(vision: str) -> None:
    """CIE 1976: 2.3 is just noticeable; colors of a chart should be 20 apart or more."""
    assert min(distance(FOR, AGAINST, vision), distance(FOR, INK, vision), distance(AGAINST, INK, vision)) > 40


def test_player_works_by_keyboard_and_announces_each_step_once(page: Page) -> None:
    show(page, mock_response({(5, 5): 1.0}))
    shown = panel(page, "Why the decision tree says 7")
    step, back, forward = (
        shown.locator(".step"),
        *(shown.get_by_role("button", name=name) for name in ("Back", "Next")),
    )
    slider = shown.get_by_role("slider")
    expect(back).to_have_attribute("aria-disabled", "true")
    slider.press("End")
    expect(forward).to_have_attribute("aria-disabled", "true")
    assert step.get_attribute("aria-live") == "off"
    back.focus()
    reached = []
    for _ in range(5):
        reached.append(page.evaluate("document.activeElement.textContent || document.activeElement.type"))
        assert page.evaluate(FOCUS_RING) >= 2
        page.keyboard.press("Tab")
    assert reached == ["Back", "Play", "Next", "range", "All 3 questions"]
    back.press("Enter")
    expect(step).to_contain_text("Question 2 of 3:")
    assert step.get_attribute("aria-live") == "polite"
    for _ in range(3):
        back.press("Space")
    expect(step).to_contain_text("Question 1 of 3:")
    expect(back).to_be_focused()
    forward.click()
    expect(step).to_contain_text("Question 2 of 3:")
    slider.press("End")
    expect(step).to_contain_text("Question 3 of 3:")
    assert slider.get_attribute("aria-valuetext") == step.text_content()
    assert step.get_attribute("aria-live") == "off"
    expect(shown.get_by_role("img", name=re.compile("^Probabilities now: 0: 2.0%, 1: 2.0%, "))).to_be_visible()


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_play_shows_every_step_and_stops(page: Page, motion: Any) -> None:
    page.evaluate("localStorage.setItem('demonstrated', '1')")  # the page's own example would end the explanation
    page.emulate_media(reduced_motion=motion)
    page.clock.install(time=0)
    page.clock.pause_at(60)  # seconds; time only passes in run_for, however slow the machine
    show(page, mock_response({(5, 5): 1.0}))
    shown = panel(page, "Why the decision tree says 7")
    step = shown.locator(".step")
    if motion == "reduce":
        shown.get_by_role("button", name="Play").click()  # otherwise it starts by itself
    for place in (1, 2):
        expect(step).to_contain_text(f"Question {place} of 3:")
        expect(shown.get_by_role("button", name="Pause")).to_be_visible()
        assert step.get_attribute("aria-live") == "off"
        assert shown.evaluate("panel => panel.getAnimations({ subtree: true }).length") == 0
        page.clock.run_for(PLAY_INTERVAL)
    expect(step).to_contain_text("Question 3 of 3:")
    expect(shown.get_by_role("button", name="Play")).to_be_visible()


def test_paused_player_resumes_at_the_same_step(page: Page) -> None:
    page.clock.install(time=0)
    page.clock.pause_at(60)  # seconds; time only passes in run_for, however slow the machine
    show(page, mock_response({(5, 5): 1.0}))
    shown = panel(page, "Why the decision tree says 7")
    step = shown.locator(".step")
    for stop in ("Pause", "Back", "Next"):
        shown.get_by_role("slider").press("Home")
        shown.get_by_role("button", name="Play").click()
        page.clock.run_for(PLAY_INTERVAL)
        expect(step).to_contain_text("Question 2 of 3:")
        shown.get_by_role("button", name=stop).click()
        before = step.text_content()
        page.clock.run_for(3 * PLAY_INTERVAL)
        expect(step).to_have_text(before or "")
    shown.get_by_role("slider").press("ArrowLeft")
    shown.get_by_role("button", name="Play").click()
    page.clock.run_for(PLAY_INTERVAL)
    expect(step).to_contain_text("Question 3 of 3:")


def test_step_is_kept_until_a_new_prediction(page: Page) -> None:
    draw(page, SEVEN)
    explain(page)
    step = page.locator(".step")
    page.get_by_role("slider").press("ArrowRight")
    page.get_by_role("radio", name="Neural network").check()
    expect(step).to_be_hidden()
    page.get_by_role("radio", name="Both").check()
    expect(step).to_contain_text("Question 2 of")
    with page.expect_response("**/api/compare?explain=true") as response:
        draw(page, [[(0.3, 0.5), (0.7, 0.5)]])
    count = len(by_model(response.value.json())["tree"]["explanation"]["path"])
    expect(step).to_contain_text(f"Question 1 of {count}:")


def test_offline_prediction_has_no_explanation(page: Page) -> None:
    response = mock_response({})
    response["predictions"] = [{**response["predictions"][1], "explanation": None}]
    show(page, {**response, "isOffline": True})
    assert page.locator(".explanations").inner_text() == (
        "This answer comes from your browser. Explanations need the server."
    )


def test_panels_are_translated_to_portuguese(open_page: Open) -> None:
    page = open_page(locale="pt-BR")
    show(page, mock_response({(5, 5): 2.0, (22, 14): -3.0}, 9.0))
    text = page.locator(".explanations").inner_text()
    assert "Para a rede, 7 é 8.100 vezes mais provável que o segundo palpite, 1." in text
    assert "A tinta em cima à esquerda é a que mais pesa a favor. A tinta embaixo é a que mais pesa contra." in text
    assert "O pixel na linha 4, coluna 3 tem mais tinta que 39 de 255? Não: tem 1." in text
    assert "Agora o 0 lidera com 2,0%." in text


@pytest.mark.parametrize("width", [320, 360, 768, 1440])
def test_panels_fit_the_window(open_page: Open, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    draw(page, SEVEN)
    explain(page)
    page.get_by_text(re.compile("^All .* questions$")).click()
    for choice in ("Both", "Decision tree", "Neural network"):
        page.get_by_role("radio", name=choice).check()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(CUT_OFF.replace("body", "#explanation")) == []
    page.get_by_role("radio", name="Both").check()
    tops = page.locator(".explanation-panel").evaluate_all(
        "panels => panels.map((panel) => panel.getBoundingClientRect().top)"
    )
    assert (tops[0] == tops[1]) is (width == 1440)  # side by side where there is room
    heights = page.locator(".player > *").evaluate_all("parts => parts.map((part) => part.offsetHeight)")
    assert min(heights) >= 44


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_have_contrast_on_ink_and_paper(open_page: Open, theme: Any) -> None:
    page = open_page(color_scheme=theme)
    show(page, mock_response({(5, 5): 1.0}))
    tree = page.locator(".explanation-panel").first
    compared, current, outline, number = (
        rgb(tree.locator(f"svg {part}").first.evaluate("(part, name) => getComputedStyle(part)[name]", name))
        for part, name in ((".compared", "stroke"), (".current", "stroke"), (".outline", "stroke"), ("text", "fill"))
    )
    assert min(contrast(compared, (0, 0, 0)), contrast(compared, (255, 255, 255))) >= 3  # on paper and on ink
    assert min(contrast(current, outline), contrast(number, outline)) == pytest.approx(21)  # light on dark
    faintest = [mix(color, (0, 0, 0), math.sqrt(SIGN_THRESHOLD)) for color in (FOR, AGAINST)]  # with a sign
    assert min(contrast(color, (0, 0, 0)) for color in faintest) >= 3  # a sign on its color, a color on paper


def color_of(shown: Locator, place: tuple[int, int]) -> Color:
    """Read a pixel of the large picture from a screenshot, in its corner, where there is no sign."""
    frame = shown.locator("figure div").first
    with Image.open(io.BytesIO(frame.screenshot())) as picture:
        row, column = place
        cell = picture.width / 28
        color = picture.convert("RGB").getpixel((int((column + 0.15) * cell), int((row + 0.15) * cell)))
    assert isinstance(color, tuple)
    return color


def ink(shown: Locator, place: tuple[int, int]) -> Color:
    """Return the ink under a pixel of the heatmap."""
    gray: float = shown.locator("img").first.evaluate(GRAY, list(place))
    return (0.35 * gray,) * 3


def mix(color: Color, background: Color, opacity: float) -> Color:
    return tuple(opacity * over + (1 - opacity) * under for over, under in zip(color, background, strict=True))


def css(color: Color) -> str:
    return f"rgb({', '.join(map(str, color))})"


def rgb(color: str) -> Color:
    return tuple(map(float, re.findall(r"[\d.]+", color)))[:3]


def linear(color: Color) -> list[float]:
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (channel / 255 for channel in color)]


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of WCAG, 1..21."""
    dark, light = sorted(weigh((0.2126, 0.7152, 0.0722), linear(color)) + 0.05 for color in (one, other))
    return light / dark


def distance(one: Color, other: Color, vision: str) -> float:
    """Return the perceived distance of two colors (CIE 1976)."""
    here, there = [lab([weigh(row, linear(color)) for row in COLOR_VISION[vision]]) for color in (one, other)]
    return math.dist(here, there)


def lab(linear_rgb: list[float]) -> tuple[float, float, float]:
    """Convert to CIE L*a*b* under D65."""
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    inside = [min(max(channel, 0), 1) for channel in linear_rgb]
    parts = [weigh(row, inside) / sum(row) for row in rows]
    x, y, z = [math.cbrt(part) if part > 0.008856 else 7.787 * part + 16 / 116 for part in parts]
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def weigh(weights: tuple[float, ...], values: list[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


SHOW = """async (response) => {
  const { Explanation } = await import("/js/views/explanation.js");
  const explanation = new Explanation();
  const section = document.getElementById("explanation");
  section.hidden = false;
  section.replaceChildren(explanation.element);
  explanation.show(response);
}"""
RINGS = """(panel) => [...panel.querySelectorAll(".current")].map((ring) => ["y", "x"].map(
  (side) => (Number(ring.getAttribute(side)) + Number(ring.getAttribute("width")) / 2) / 10 - 0.5))"""
NUMBERS = """(panel) => [...panel.querySelectorAll(".compared")].map((square) => [
  square.getAttribute("y") / 10, square.getAttribute("x") / 10, square.nextElementSibling.textContent])"""
DIAGRAM = """(panel) => [
  [...panel.querySelectorAll(".path text")].map((text) => text.textContent),
  panel.querySelectorAll(".path .reached").length,
  panel.querySelector(".path .asked text").textContent,
]"""
SQUARES = """(panel) => [...panel.querySelectorAll("rect")].map((square) => [
  square.getAttribute("y") / 10, square.getAttribute("x") / 10, square.getAttribute("class")])"""
COLUMNS = """(panel) => [...panel.querySelectorAll(".columns div")].map((column) =>
  parseFloat(getComputedStyle(column, "::before").blockSize) / 80)"""
LEGEND = """(panel) => [...panel.querySelectorAll(".legend li")].map((entry) => {
  const sign = getComputedStyle(entry, "::before");
  return [entry.textContent, sign.content, sign.backgroundColor];
})"""
GRAY = """(image, [row, column]) => {
  const context = Object.assign(document.createElement("canvas"), { width: 28, height: 28 }).getContext("2d");
  context.drawImage(image, 0, 0);
  return context.getImageData(column, row, 1, 1).data[0];
}"""
