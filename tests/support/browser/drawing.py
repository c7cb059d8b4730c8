"""Strokes drawn on the page's canvas with real pointer events of a mouse, a finger or a pen."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from playwright.sync_api import Page

type Point = tuple[float, float]  # in canvas widths, 0..1 from the top left corner
type Stroke = Sequence[Point]
type Send = Callable[[str, float, float], None]  # "start", "move" or "end" at x, y, in window pixels

SEVEN: Sequence[Stroke] = [
    [
        *[(0.27, 0.26), (0.36, 0.248), (0.46, 0.241), (0.56, 0.238), (0.65, 0.237), (0.73, 0.235)],
        *[(0.69, 0.315), (0.645, 0.395), (0.60, 0.475), (0.56, 0.555), (0.525, 0.64), (0.50, 0.72), (0.485, 0.80)],
    ]
]


def draw(page: Page, strokes: Sequence[Stroke], steps: int = 1) -> None:
    """Draw with the mouse. steps: pointer events from one point to the next, each of which takes a frame"""
    mouse = page.mouse

    def send(phase: str, x: float, y: float) -> None:
        mouse.move(x, y)
        if phase == "start":
            mouse.down()
        elif phase == "end":
            mouse.up()

    _send_strokes(page, strokes, send, steps)


def draw_by_touch(page: Page, strokes: Sequence[Stroke]) -> None:
    """Draw with one finger; the page's context must have `has_touch`."""
    types = {"start": "touchStart", "move": "touchMove", "end": "touchEnd"}
    with _devtools(page) as command:

        def send(phase: str, x: float, y: float) -> None:
            points = [] if phase == "end" else [{"x": x, "y": y}]
            command("Input.dispatchTouchEvent", {"type": types[phase], "touchPoints": points})

        _send_strokes(page, strokes, send)


def draw_by_pen(page: Page, strokes: Sequence[Stroke]) -> None:
    """Draw with a pen."""
    types = {"start": "mousePressed", "move": "mouseMoved", "end": "mouseReleased"}
    with _devtools(page) as command:

        def send(phase: str, x: float, y: float) -> None:
            pen = {"pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1, "force": 0.5}
            command("Input.dispatchMouseEvent", {"type": types[phase], "x": x, "y": y, **pen})

        _send_strokes(page, strokes, send)


def _send_strokes(page: Page, strokes: Sequence[Stroke], send: Send, steps: int = 1) -> None:
    canvas = page.locator("#canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["width"]) for x, y in interpolate(stroke, steps)]
        send("start", *points[0])
        for x, y in points[1:]:
            send("move", x, y)
        send("end", *points[-1])


def interpolate(stroke: Stroke, steps: int) -> Iterator[Point]:
    """Interpolate between the points of a stroke."""
    yield stroke[0]
    for (x0, y0), (x1, y1) in pairwise(stroke):
        for step in range(1, steps + 1):
            yield x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps


@contextmanager
def _devtools(page: Page) -> Iterator[Callable[[str, dict[str, object]], object]]:
    session = page.context.new_cdp_session(page)
    yield session.send
    session.detach()
