"""Strokes come in; real pointer events on the page's sheet go out: those of a mouse, a finger or a pen."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from playwright.sync_api import Page

type Point = tuple[float, float]  # in widths of the sheet, 0..1 from its top left corner
type Stroke = Sequence[Point]
type Send = Callable[[str, float, float], None]  # "start", "move" or "end" at x, y, in pixels of the page's window

SEVEN: Sequence[Stroke] = [
    [
        *[(0.27, 0.26), (0.36, 0.248), (0.46, 0.241), (0.56, 0.238), (0.65, 0.237), (0.73, 0.235)],
        *[(0.69, 0.315), (0.645, 0.395), (0.60, 0.475), (0.56, 0.555), (0.525, 0.64), (0.50, 0.72), (0.485, 0.80)],
    ]
]
STEPS = 2  # events from one point to the next


def draw(page: Page, strokes: Sequence[Stroke], steps: int = STEPS) -> None:
    """Draw with the mouse."""
    mouse = page.mouse

    def send(phase: str, x: float, y: float) -> None:
        mouse.move(x, y)
        if phase == "start":
            mouse.down()
        elif phase == "end":
            mouse.up()

    _replay(page, strokes, send, steps)


def draw_by_touch(page: Page, strokes: Sequence[Stroke]) -> None:
    """Draw with one finger; the page's context must have `has_touch`."""
    types = {"start": "touchStart", "move": "touchMove", "end": "touchEnd"}
    with _devtools(page) as command:

        def send(phase: str, x: float, y: float) -> None:
            points = [] if phase == "end" else [{"x": x, "y": y}]
            command("Input.dispatchTouchEvent", {"type": types[phase], "touchPoints": points})

        _replay(page, strokes, send)


def draw_by_pen(page: Page, strokes: Sequence[Stroke]) -> None:
    """Draw with a pen."""
    types = {"start": "mousePressed", "move": "mouseMoved", "end": "mouseReleased"}
    with _devtools(page) as command:

        def send(phase: str, x: float, y: float) -> None:
            pen = {"pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1, "force": 0.5}
            command("Input.dispatchMouseEvent", {"type": types[phase], "x": x, "y": y, **pen})

        _replay(page, strokes, send)


def _replay(page: Page, strokes: Sequence[Stroke], send: Send, steps: int = STEPS) -> None:
    sheet = page.locator("canvas")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["width"]) for x, y in _between(stroke, steps)]
        send("start", *points[0])
        for x, y in points[1:]:
            send("move", x, y)
        send("end", *points[-1])


def _between(stroke: Stroke, steps: int) -> Iterator[Point]:
    """Add the points that a hand passes between those given."""
    yield stroke[0]
    for (x0, y0), (x1, y1) in pairwise(stroke):
        for step in range(1, steps + 1):
            yield x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps


@contextmanager
def _devtools(page: Page) -> Iterator[Callable[[str, dict[str, object]], object]]:
    session = page.context.new_cdp_session(page)
    yield session.send
    session.detach()
