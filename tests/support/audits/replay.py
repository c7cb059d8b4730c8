"""End-to-end audit of the page with 100 drawn digits: its predictions against the API's, and pen-up latency.

`python -m tests.support.audits replay` draws synthetic digits with real pointer events on the page that serve.py
serves; lifting the pen requests both models. `--handwriting FILE` draws digits from a file of
`evaluation.strokes.files` instead.

Latency runs from the time stamp of the browser's pointerup event to the end of the frame that shows the prediction: a
MutationObserver detects the changed text, requestAnimationFrame runs before the next frame is laid out and painted,
and a message posted there arrives right after. (Event Timing ends at the frame after the event, before any
prediction; Element Timing reports only an element's first text.) The screen's own delay is not included. Of a digit
with several strokes, the prediction after the last counts.
"""

import argparse
import json
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, Request
from rich.console import Console
from rich.progress import track
from rich.table import Table

from command_line import positive
from evaluation.strokes.files import read
from results_console import print_results
from tests.support.browser.chromium import chromium
from tests.support.browser.drawing import draw
from tests.support.browser.page_state import Card, cards
from tests.support.site import site
from training.strokes.canvas import PLACEMENTS
from training.strokes.synthetic import SEED, Digit, digits

HELP = "compare predictions on the page with the API's, and measure latency"
TITLES = {"tree": "Decision tree", "mlp": "Neural network"}
MIN_INTERVAL = 300  # milliseconds between pen-ups, at least; the page sends at most four requests a second


@dataclass(frozen=True)
class Replayed:
    """A digit drawn on the page."""

    label: int
    predicted: dict[str, int]  # by the API, for each model
    differences: list[str]  # between the page and the API; none expected
    milliseconds: float  # from pen-up to the prediction shown
    preview: str  # digit of the browser's own network one frame after pen-up; empty if the server was faster


def replay(page: Page, digit: Digit) -> Replayed:
    """Clear the page, draw a digit stroke by stroke, and compare the page with the API's response.

    The page must show both models, as it does when opened, and `install_timer` must have been called.
    """
    clear = page.locator("#clear")
    if clear.is_enabled():
        clear.click()
    for stroke in digit.strokes:
        page.wait_for_timeout(
            page.evaluate("(interval) => Math.max(0, replay.up + interval - performance.now())", MIN_INTERVAL)
        )
        with page.expect_request_finished(is_prediction) as sent:
            draw(page, [[(x, y) for x, y in stroke.tolist()]])
        page.wait_for_function(IS_DONE)
    response = repeat_request(sent.value)
    return Replayed(
        label=digit.label,
        predicted={prediction["model"]: prediction["digit"] for prediction in response["predictions"]},
        differences=list(differences(page, response)),
        milliseconds=page.evaluate("replay.seen - replay.up"),
        preview=page.evaluate("replay.preview"),
    )


def install_timer(page: Page) -> None:
    """Record in the page the time of the last pen-up, and of the last frame that changed the prediction."""
    page.evaluate(INSTALL_TIMER)


def is_prediction(request: Request) -> bool:
    return request.method == "POST" and "/api/" in request.url


def repeat_request(request: Request) -> dict[str, Any]:
    """Send the page's request again, byte for byte, with another client."""
    repeated = urllib.request.Request(request.url, request.post_data_buffer, {"Content-Type": "application/json"})
    with urllib.request.urlopen(repeated, timeout=10) as response:
        body: dict[str, Any] = json.load(response)
        return body


def differences(page: Page, response: dict[str, Any]) -> Iterator[str]:
    """Compare everything that the page shows with a response of /api/compare."""
    shown = {card.title: card for card in cards(page)}
    expected = {TITLES[prediction["model"]]: prediction for prediction in response["predictions"]}
    if shown.keys() != expected.keys():
        yield f"cards of {list(shown)}, predictions of {list(expected)}"
    for title in filter(expected.keys().__contains__, shown):
        yield from _card_differences(shown[title], expected[title])
    if page.locator("#input-image").get_attribute("src") != response["input"]:
        yield "another input image"
    status = page.locator("#status").inner_text()
    if any(str(prediction["digit"]) not in status for prediction in response["predictions"]):
        yield f"the status: {status}"


def _card_differences(card: Card, prediction: dict[str, Any]) -> Iterator[str]:
    if card.digit != str(prediction["digit"]):
        yield f"{card.title} shows {card.digit}, expected {prediction['digit']}"
    numbers = [format_percent(probability) for probability in prediction["probabilities"]]
    if card.numbers != numbers:
        yield f"{card.title} shows {card.numbers}, expected {numbers}"


def format_percent(probability: float) -> str:
    """Format a probability as the page does: halves are rounded up, as in JavaScript but not in Python."""
    if probability >= 0.9995:
        return ">99.9%"
    if probability < 0.0005:
        return "<0.1%"
    return f"{(Decimal(str(probability)) * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


def handwriting(file: Path, count: int) -> Iterator[Digit]:
    """Place digits from a file on the canvas as people do. Raises HandwritingError."""
    rng = np.random.default_rng(SEED)
    typical = PLACEMENTS["typical"]
    entries = read(file)
    for index in sorted(rng.choice(len(entries), min(count, len(entries)), replace=False)):
        size = rng.uniform(typical.smallest, typical.largest)
        middle = 0.5 + rng.uniform(-(typical.offset or 0), typical.offset or 0, 2)
        strokes = [(np.array(stroke) - 0.5) * size + middle for stroke in entries[index]["strokes"]]
        yield Digit(entries[index]["label"], strokes)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--handwriting", type=Path, metavar="FILE", help="strokes of people, in the format of evaluation.strokes.files"
    )
    parser.add_argument("--count", type=positive, default=100, help="of the digits (default: 100)")


def command(arguments: argparse.Namespace) -> None:
    """Draw the digits on the page that serve.py serves, and print accuracy and latency."""
    count: int = arguments.count
    chosen = (
        list(handwriting(arguments.handwriting, count)) if arguments.handwriting else list(islice(digits(count), count))
    )
    with site() as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(url)
        install_timer(page)
        replayed = [replay(page, digit) for digit in track(chosen, "Drawing", console=Console(stderr=True))]
    show(replayed)


def show(replayed: Sequence[Replayed]) -> None:
    """Print accuracy and latency, and each difference between the page and the API."""
    p50, p95 = np.percentile([one.milliseconds for one in replayed], [50, 95])
    table = Table(
        "digits",
        "page equals API",
        "preview equals MLP",
        "MLP accuracy",
        "tree accuracy",
        "pen-up to prediction shown, p50",
        "p95",
    )
    equal, preview, mlp, tree = (
        f"{sum(flags):d} of {len(replayed)}"
        for flags in (
            [not one.differences for one in replayed],
            [one.preview == str(one.predicted["mlp"]) for one in replayed],
            [one.predicted["mlp"] == one.label for one in replayed],
            [one.predicted["tree"] == one.label for one in replayed],
        )
    )
    table.add_row(str(len(replayed)), equal, preview, mlp, tree, f"{p50:.0f} ms", f"{p95:.0f} ms")
    print_results(table)
    for index, one in enumerate(replayed):
        for difference in one.differences:
            print(f"digit {index} ({one.label}): {difference}")


INSTALL_TIMER = """() => {
  const times = { up: performance.now(), seen: 0, waiting: 0, preview: "" };
  globalThis.replay = times;
  const isPen = (event) => event.target.tagName === "CANVAS";
  const readPreview = () => {
    times.preview = document.querySelector(".chart.mlp.preview .digit")?.textContent ?? "";
  };
  addEventListener("pointerup", (event) => {
    if (!isPen(event)) return;
    times.up = event.timeStamp;
    requestAnimationFrame(readPreview);
  }, true);
  const seen = () => {
    times.seen = performance.now();
    times.waiting -= 1;
  };
  const changed = () => {
    times.waiting += 1;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = seen;
      port2.postMessage(null);
    });
  };
  const changes = { subtree: true, childList: true, characterData: true, attributeFilter: ["src"] };
  new MutationObserver(changed).observe(document.getElementById("prediction"), changes);
}"""
IS_DONE = """() => {
  const prediction = document.getElementById("prediction");
  const isDone = prediction.ariaBusy !== "true" && !prediction.classList.contains("stale");
  return isDone && replay.waiting === 0 && replay.seen > replay.up;
}"""
