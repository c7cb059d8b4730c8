"""Pen strokes come in; what the page answers to them goes out, beside the API's own answer, and how soon it is seen.

`python -m tests.support.audits.replay` draws 100 digits (`strokes`) with real pointer events on the page that serve.py
serves, and asks both models by nothing but lifting the pen. `--drawn FILE` draws digits from a file of
`evaluation.handwriting` instead.

Pen-up is the time stamp of the browser's own event. An answer counts as seen once the frame that shows it has been
made: the changed text is noticed by a MutationObserver, the next frame by requestAnimationFrame, which runs before
that frame is laid out and painted, and a message posted there arrives right after. (Event Timing ends at the frame
after the event, which knows of no answer yet; Element Timing tells of an element's first text only.) What the screen
itself takes is not in it. Where a digit has several strokes, the answer to the last counts.
"""

import argparse
import json
import sys
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

from evaluation.handwriting import HandwritingError, read
from tests.support.browser.chromium import chromium
from tests.support.browser.drawing import draw
from tests.support.browser.reading import Card, cards
from tests.support.site import site
from training.strokes.canvas import PLACEMENTS
from training.strokes.synthetic import SEED, Digit, digits

TITLES = {"tree": "Decision tree", "mlp": "Neural network"}
PACE = 300  # milliseconds from pen-up to pen-up, at least: nobody draws faster, and the page asks four times a second


@dataclass(frozen=True)
class Replayed:
    """A digit drawn on the page."""

    label: int
    said: dict[str, int]  # by the API, for each model
    differences: list[str]  # between what the page shows and what the API says; none is the aim
    milliseconds: float  # from pen-up to the answer seen


def replay(page: Page, digit: Digit) -> Replayed:
    """Clear the page, draw a digit stroke by stroke, and compare what is shown with the API's own answer.

    The page shows both models' answers, as it does when opened, and `watch` has been called.
    """
    clear = page.locator("#clear")
    if clear.is_enabled():
        clear.click()
    for stroke in digit.strokes:
        page.wait_for_timeout(page.evaluate("(pace) => Math.max(0, replay.up + pace - performance.now())", PACE))
        with page.expect_request_finished(is_question) as asked:
            draw(page, [[(x, y) for x, y in stroke.tolist()]], steps=1)  # a hand makes no more events
        page.wait_for_function(SHOWN)
    answer = ask_again(asked.value)
    return Replayed(
        label=digit.label,
        said={prediction["model"]: prediction["digit"] for prediction in answer["predictions"]},
        differences=list(differences(page, answer)),
        milliseconds=page.evaluate("replay.seen - replay.up"),
    )


def watch(page: Page) -> None:
    """Let the page note when the pen was lifted, and when something new was seen of the answer."""
    page.evaluate(WATCH)


def is_question(request: Request) -> bool:
    return request.method == "POST" and "/api/" in request.url


def ask_again(question: Request) -> dict[str, Any]:
    """Ask the API what the page asked, byte for byte, and by another client."""
    again = urllib.request.Request(question.url, question.post_data_buffer, {"Content-Type": "application/json"})
    with urllib.request.urlopen(again, timeout=10) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


def differences(page: Page, answer: dict[str, Any]) -> Iterator[str]:
    """Compare all that the page shows with an answer of /api/compare."""
    shown = {card.title: card for card in cards(page)}
    expected = {TITLES[prediction["model"]]: prediction for prediction in answer["predictions"]}
    if shown.keys() != expected.keys():
        yield f"cards of {list(shown)}, answers of {list(expected)}"
    for title in filter(expected.keys().__contains__, shown):
        yield from _card_differences(shown[title], expected[title])
    if page.locator("#seen").get_attribute("src") != answer["input"]:
        yield "another picture than the models saw"
    status = page.locator("#status").inner_text()
    if any(str(prediction["digit"]) not in status for prediction in answer["predictions"]):
        yield f"the status: {status}"


def _card_differences(card: Card, prediction: dict[str, Any]) -> Iterator[str]:
    if card.digit != str(prediction["digit"]):
        yield f"{card.title} shows {card.digit}, said {prediction['digit']}"
    numbers = [percent(probability) for probability in prediction["probabilities"]]
    if card.numbers != numbers:
        yield f"{card.title} shows {card.numbers}, said {numbers}"


def percent(probability: float) -> str:
    """Write a probability as the page does; halves are rounded up, as JavaScript does and Python does not."""
    if probability >= 0.9995:
        return ">99.9%"
    return f"{(Decimal(str(probability)) * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


def drawn(file: Path, count: int) -> Iterator[Digit]:
    """Place digits from a file on the sheet as people do. Raises DrawnError."""
    rng = np.random.default_rng(SEED)
    typical = PLACEMENTS["typical"]
    entries = read(file)
    for index in sorted(rng.choice(len(entries), min(count, len(entries)), replace=False)):
        size = rng.uniform(typical.smallest, typical.largest)
        middle = 0.5 + rng.uniform(-(typical.offset or 0), typical.offset or 0, 2)
        strokes = [(np.array(stroke) - 0.5) * size + middle for stroke in entries[index]["strokes"]]
        yield Digit(entries[index]["label"], strokes)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.audits.replay", description=__doc__)
    parser.add_argument(
        "--drawn", type=Path, metavar="FILE", help="strokes that people drew, as evaluation.handwriting reads"
    )
    parser.add_argument("--count", type=int, default=100, help="of the digits (default: 100)")
    arguments = parser.parse_args()
    chosen = drawn(arguments.drawn, arguments.count) if arguments.drawn else digits(arguments.count)
    with site() as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(url)
        watch(page)
        try:
            shown = track(islice(chosen, arguments.count), "Drawing", arguments.count, console=Console(stderr=True))
            replayed = [replay(page, digit) for digit in shown]
        except HandwritingError as error:
            sys.exit(str(error))
    show(replayed)


def show(replayed: Sequence[Replayed]) -> None:
    """Print the figures, and each digit of which the page shows anything but the API's answer."""
    p50, p95 = np.percentile([one.milliseconds for one in replayed], [50, 95])
    table = Table("digits", "shown as answered", "network right", "tree right", "pen-up to answer seen, p50", "p95")
    equal, network, tree = (
        f"{sum(kept):d} of {len(replayed)}"
        for kept in (
            [not one.differences for one in replayed],
            [one.said["mlp"] == one.label for one in replayed],
            [one.said["tree"] == one.label for one in replayed],
        )
    )
    table.add_row(str(len(replayed)), equal, network, tree, f"{p50:.0f} ms", f"{p95:.0f} ms")
    Console().print(table)
    for index, one in enumerate(replayed):
        for difference in one.differences:
            print(f"digit {index} ({one.label}): {difference}")


WATCH = """() => {
  const times = { up: performance.now(), seen: 0, waiting: 0 };
  globalThis.replay = times;
  const isPen = (event) => event.target.tagName === "CANVAS";
  addEventListener("pointerup", (event) => { if (isPen(event)) times.up = event.timeStamp; }, true);
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
  new MutationObserver(changed).observe(document.getElementById("answer"), changes);
}"""
SHOWN = """() => {
  const answer = document.getElementById("answer");
  const isDone = answer.ariaBusy !== "true" && !answer.classList.contains("stale");
  return isDone && replay.waiting === 0 && replay.seen > replay.up;
}"""

if __name__ == "__main__":
    main()
