"""Animation of the page while digits are drawn: `python -m tests.support.audits recording docs/page.webp`.

Draws with real pointer events and takes a screenshot after every few of them, so the animation shows whatever the page
shows; only its clock is even, independent of the machine's speed.
"""

import argparse
import io
import math
from collections.abc import Iterator, Sequence
from itertools import batched
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.browser.chromium import chromium
from tests.support.browser.drawing import SEVEN, Point, Stroke, interpolate
from tests.support.site import site

HELP = "record an animation of the page"
SIZE = (800, 620)  # pixels
EVENTS_PER_FRAME = 2
STEPS = 4  # pointer events from one point of a stroke to the next
FRAME = 60  # milliseconds
SETTLING = 6  # frames after the answer, while the bars grow
HOLD = 2000  # milliseconds for the answer

type Frame = tuple[Image.Image, int]  # and its milliseconds


def arc(y: float, radius: float, start: int, end: int) -> list[Point]:
    """Return points on a circle around (0.46, y), clockwise between two angles in degrees."""
    angles = [math.radians(start + (end - start) * step / 12) for step in range(13)]
    return [(0.46 + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


THREE: Sequence[Stroke] = [[*arc(0.335, 0.155, -150, 90), *arc(0.655, 0.165, -90, 150)]]
DIGITS = {7: SEVEN, 3: THREE}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a .webp file")


def command(arguments: argparse.Namespace) -> None:
    """Record DIGITS and write the file."""
    with site() as url, chromium() as browser:
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme="light", locale="en")
        page.goto(url, wait_until="networkidle")
        frames = [frame for digit, strokes in DIGITS.items() for frame in record(page, digit, strokes)]
    save(frames, arguments.file)
    print(f"{arguments.file}: {len(frames)} frames, {arguments.file.stat().st_size:,} bytes")


def record(page: Page, digit: int, strokes: Sequence[Stroke]) -> Iterator[Frame]:
    """Clear the canvas, draw a digit, and wait for both models' answer."""
    page.get_by_role("button", name="Clear").click(force=True)
    box = page.locator("canvas").bounding_box()
    assert box is not None
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["width"]) for x, y in interpolate(stroke, STEPS)]
        page.mouse.move(*points[0])
        page.mouse.down()
        for some in batched(points[1:], EVENTS_PER_FRAME, strict=False):
            for point in some:
                page.mouse.move(*point)
            yield screenshot(page), FRAME
        page.mouse.up()
    expect(page.locator("#status")).to_have_text(f"Both models say {digit}.")
    for _ in range(SETTLING):
        yield screenshot(page), FRAME
    page.wait_for_timeout(HOLD)  # the controls below the answer appear
    yield screenshot(page), HOLD


def screenshot(page: Page) -> Image.Image:
    """Take a screenshot of what the page has painted since the last events."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def save(frames: Sequence[Frame], file: Path) -> None:
    """Write an endless animation."""
    images, durations = zip(*frames, strict=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    images[0].save(file, save_all=True, append_images=images[1:], duration=list(durations), loop=0, quality=80)
