"""Canvas: pointer input, ink, undo and redo, and the image that is sent."""

import base64
import io
import json
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.support.browser.drawing import SEVEN, Stroke, draw, draw_by_pen, draw_by_touch
from tests.support.browser.page_state import canvas_pixel, disable_auto_predict, expect_status, predict
from training.strokes.canvas import BRUSH, CANVAS

PHONE = {"viewport": {"width": 360, "height": 560}, "has_touch": True, "is_mobile": True, "device_scale_factor": 3}


ONE: Sequence[Stroke] = [[(0.5, 0.2), (0.5, 0.8)]]
RANGE = "<input type=range>"
UNDER: Sequence[Stroke] = [[(0.35, 0.8), (0.65, 0.8)]]


def sent(page: Page) -> Image.Image:
    """Switch off automatic answers, press Predict, and return the image that is sent."""
    disable_auto_predict(page)
    with page.expect_request("**/api/compare") as request:
        predict(page, "Both")
    data_url = json.loads(request.value.post_data or "")["drawing_data"]
    return Image.open(io.BytesIO(base64.b64decode(data_url.removeprefix("data:image/png;base64,"))))


@pytest.mark.parametrize(
    ("replay", "pointer"),
    [(draw, "mouse"), (draw_by_touch, "touch"), (draw_by_pen, "pen")],
    ids=["mouse", "touch", "pen"],
)
def test_each_pointer_draws(open_page: Open, replay: Callable[[Page, Sequence[Stroke]], None], pointer: str) -> None:
    page = open_page(has_touch=True)
    page.evaluate("addEventListener('pointerdown', (event) => { document.title = event.pointerType; })")
    replay(page, SEVEN)
    assert page.title() == pointer
    expect_status(page, "Both models say 7.")


def test_drawing_by_touch_does_not_scroll(open_page: Open) -> None:
    page = open_page(**PHONE)
    draw_by_touch(page, [[(0.5, 0.9), (0.5, 0.1)]])
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollHeight > innerHeight")
    assert page.evaluate("scrollY") == 0
    assert canvas_pixel(page, 0.5, 0.5)[3] == 255


def test_second_finger_is_ignored(open_page: Open) -> None:
    page = open_page(**PHONE)
    box = page.locator("canvas").bounding_box()
    assert box is not None
    at = {x: {"x": box["x"] + box["width"] * x, "y": box["y"] + box["width"] / 2, "id": x * 10} for x in (0.2, 0.8)}
    touch = page.context.new_cdp_session(page).send
    touch("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at[0.2]]})
    touch("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at[0.2], at[0.8]]})
    touch("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert canvas_pixel(page, 0.2, 0.5)[3] == 255
    assert canvas_pixel(page, 0.8, 0.5)[3] == 0


def test_right_button_does_not_draw(page: Page) -> None:
    page.locator("canvas").click(button="right")
    assert canvas_pixel(page, 0.5, 0.5)[3] == 0


def test_tap_draws_a_dot(page: Page) -> None:
    page.locator("canvas").click()
    assert canvas_pixel(page, 0.5, 0.5)[3] == 255
    assert canvas_pixel(page, 0.5, 0.55)[3] == 0


def test_stroke_continues_outside_the_canvas(page: Page) -> None:
    draw(page, [[(0.5, 0.5), (-0.2, 0.5), (-0.2, 0.9), (0.5, 0.9)]])
    assert canvas_pixel(page, 0.3, 0.5)[3] == 255
    assert canvas_pixel(page, 0.3, 0.9)[3] == 255
    assert canvas_pixel(page, 0.15, 0.7)[3] == 0  # no line from where it left to where it returned


def test_stroke_ends_when_the_button_is_released_outside(page: Page) -> None:
    draw(page, [[(0.5, 0.5), (-0.2, 0.5)]])
    page.locator("canvas").hover(position={"x": 200, "y": 100})
    page.locator("canvas").hover(position={"x": 200, "y": 20})
    assert canvas_pixel(page, 0.3, 0.5)[3] == 255
    assert page.locator("canvas").evaluate("c => c.getContext('2d').getImageData(200, 60, 1, 1).data[3]") == 0


def test_coalesced_points_are_drawn(page: Page) -> None:
    box = page.locator("canvas").bounding_box()
    assert box is not None
    x, y, width = box["x"], box["y"], box["width"]
    page.mouse.move(x + 0.1 * width, y + 0.5 * width)
    page.mouse.down()
    page.evaluate(
        """points => {
          const at = ([clientX, clientY]) => ({ clientX, clientY, pointerId: 1, bubbles: true });
          const coalescedEvents = points.map((point) => new PointerEvent("pointermove", at(point)));
          const last = { ...at(points.at(-1)), coalescedEvents };
          document.querySelector("canvas").dispatchEvent(new PointerEvent("pointermove", last));
        }""",
        [[x + u * width, y + v * width] for u, v in [(0.5, 0.1), (0.5, 0.1), (0.9, 0.5)]],
    )
    page.mouse.up()
    assert canvas_pixel(page, 0.5, 0.1)[3] == 255
    assert canvas_pixel(page, 0.5, 0.5)[3] == 0


def test_canvas_has_the_screens_resolution(open_page: Open) -> None:
    page = open_page(**PHONE)
    assert page.locator("canvas").evaluate("c => c.width === c.clientWidth * 3 && c.height === c.clientHeight * 3")


def test_sent_image_is_the_same_from_every_screen(page: Page, open_page: Open) -> None:
    pictures = []
    for screen in (page, open_page(**PHONE, color_scheme="dark")):
        draw(screen, SEVEN)
        pictures.append(sent(screen).convert("L"))
    assert [picture.size for picture in pictures] == [(CANVAS, CANVAS)] * 2
    assert [picture.getpixel((5, 5)) for picture in pictures] == [0, 0]
    assert [picture.getpixel((140, 57)) for picture in pictures] == [255, 255]  # the upper line, after enlarging
    first, second = (picture.resize((28, 28), Image.Resampling.BOX).tobytes() for picture in pictures)
    assert max(abs(a - b) for a, b in zip(first, second, strict=True)) < 40  # pointer positions are whole screen pixels


def test_resizing_keeps_the_drawing(page: Page) -> None:
    draw(page, SEVEN)
    before = sent(page).tobytes()
    page.set_viewport_size({"width": 360, "height": 740})
    assert canvas_pixel(page, 0.5, 0.24)[3] == 255
    assert page.locator("canvas").evaluate("c => c.width === c.clientWidth")
    assert sent(page).tobytes() == before


def test_ink_stays_sharp_after_a_layout_change(page: Page) -> None:
    draw(page, SEVEN)
    page.evaluate("document.body.style.maxWidth = '50rem'")
    assert canvas_pixel(page, 0.5, 0.24)[3] == 255
    assert page.locator("canvas").evaluate("c => c.width === c.clientWidth")


def test_ink_stays_sharp_after_zooming(open_page: Open) -> None:
    page = open_page(viewport={"width": 2400, "height": 1600})  # so large that the canvas keeps its size
    draw(page, SEVEN)
    zoomed = {"width": 1200, "height": 800, "deviceScaleFactor": 2, "mobile": False}
    before = page.evaluate("document.querySelector('canvas').clientWidth")
    page.context.new_cdp_session(page).send("Emulation.setDeviceMetricsOverride", zoomed)
    page.wait_for_function("devicePixelRatio === 2 && innerWidth === 1200")
    assert canvas_pixel(page, 0.5, 0.24)[3] == 255
    assert page.locator("canvas").evaluate("c => [c.clientWidth, c.width]") == [before, before * 2]


def test_ink_follows_the_theme(page: Page) -> None:
    draw(page, SEVEN)
    assert max(canvas_pixel(page, 0.5, 0.24)[:3]) < 64
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("matchMedia('(prefers-color-scheme: dark)').matches")
    assert min(canvas_pixel(page, 0.5, 0.24)[:3]) > 192


def test_ink_follows_the_theme_switch(page: Page) -> None:
    draw(page, SEVEN)
    page.locator("#theme").select_option("dark")
    assert min(canvas_pixel(page, 0.5, 0.24)[:3]) > 192
    page.locator("#theme").select_option("light")
    assert max(canvas_pixel(page, 0.5, 0.24)[:3]) < 64


def test_rotating_the_phone_keeps_the_drawing(open_page: Open) -> None:
    page = open_page(**PHONE)
    draw_by_touch(page, SEVEN)
    before = sent(page).tobytes()
    page.set_viewport_size({"width": 560, "height": 360})
    assert canvas_pixel(page, 0.5, 0.24)[3] == 255
    assert page.locator("canvas").evaluate("c => c.width === c.clientWidth * 3")
    assert sent(page).tobytes() == before


def test_each_pointer_draws_the_same_line(open_page: Open) -> None:
    pictures = []
    for replay in (draw, draw_by_touch, draw_by_pen):
        page = open_page(has_touch=True)
        replay(page, ONE)
        pictures.append(np.asarray(sent(page).convert("L")).astype(int))
    for other in pictures[1:]:
        assert np.abs(other - pictures[0]).max() < 20  # mouse positions are whole screen pixels


def test_line_width_follows_pen_pressure(page: Page) -> None:
    draw_down_by_pen(page, lambda share: share)
    widths = (np.asarray(sent(page).convert("L")) > 127).sum(axis=1)
    assert widths[70] < widths[140] < widths[210]
    for row in (50, 140, 230):
        assert widths[row] == pytest.approx(
            BRUSH * CANVAS * (0.6 + 0.8 * row / 280), abs=1.6
        )  # whole pixels on both sides
    assert np.abs(np.diff(widths[40:240])).max() <= 2  # no steps


def draw_down_by_pen(page: Page, pressure_at: Callable[[float], float]) -> None:
    """Draw a line from top to bottom with the pressure given for each share of the way."""
    box = page.locator("canvas").bounding_box()
    assert box is not None
    command = page.context.new_cdp_session(page).send
    for step in range(101):
        phase = {0: "mousePressed", 100: "mouseReleased"}.get(step, "mouseMoved")
        at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["width"] * step / 100}
        pen = {"pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1, "force": pressure_at(step / 100)}
        command("Input.dispatchMouseEvent", {"type": phase, **at, **pen})


def test_canceled_stroke_ends_and_is_predicted(page: Page) -> None:
    box = page.locator("canvas").bounding_box()
    assert box is not None
    x, y, width = box["x"], box["y"], box["width"]
    page.mouse.move(x + 0.5 * width, y + 0.2 * width)
    page.mouse.down()
    page.mouse.move(x + 0.5 * width, y + 0.5 * width)
    with page.expect_request("**/api/compare"):
        page.evaluate(
            "document.querySelector('canvas').dispatchEvent(new PointerEvent('pointercancel', {pointerId: 1}))"
        )
    page.mouse.move(x + 0.5 * width, y + 0.8 * width)
    page.mouse.up()
    assert canvas_pixel(page, 0.5, 0.4)[3] == 255
    assert canvas_pixel(page, 0.5, 0.7)[3] == 0


def test_each_stroke_can_be_undone_and_redone(page: Page) -> None:
    undo, redo = (page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    expect(undo).to_be_disabled()
    draw(page, ONE)
    draw(page, UNDER)
    assert lines(page) == [True, True]
    expect(redo).to_be_disabled()
    undo.click()
    assert lines(page) == [True, False]
    undo.click()
    assert lines(page) == [False, False]
    expect(undo).to_be_disabled()
    redo.click()
    redo.click()
    assert lines(page) == [True, True]
    expect(redo).to_be_disabled()


def test_clear_can_be_undone(page: Page) -> None:
    draw(page, ONE)
    draw(page, UNDER)
    page.get_by_role("button", name="Clear").click()
    assert lines(page) == [False, False]
    page.get_by_role("button", name="Undo").click()
    assert lines(page) == [True, True]


def test_stroke_after_undo_removes_the_redo_history(page: Page) -> None:
    draw(page, ONE)
    page.get_by_role("button", name="Undo").click()
    draw(page, UNDER)
    expect(page.get_by_role("button", name="Redo")).to_be_disabled()
    assert lines(page) == [False, True]


def lines(page: Page) -> list[bool]:
    """Return whether the ink of ONE, and of UNDER, is visible."""
    return [canvas_pixel(page, 0.5, 0.5)[3] == 255, canvas_pixel(page, 0.36, 0.8)[3] == 255]


@pytest.mark.parametrize(
    ("undo", "redo"), [("Control+z", "Control+Shift+z"), ("Meta+z", "Meta+Shift+z"), ("Control+Z", "Control+y")]
)
def test_keys_undo_and_redo(page: Page, undo: str, redo: str) -> None:
    draw(page, ONE)
    page.keyboard.press(undo)
    assert canvas_pixel(page, 0.5, 0.5)[3] == 0
    page.keyboard.press(redo)
    assert canvas_pixel(page, 0.5, 0.5)[3] == 255


@pytest.mark.parametrize("key", ["Delete", "Backspace"])
def test_keys_clear(page: Page, key: str) -> None:
    draw(page, ONE)
    page.keyboard.press(key)
    assert canvas_pixel(page, 0.5, 0.5)[3] == 0
    expect(page.get_by_text("Draw here")).to_be_visible()


@pytest.mark.parametrize("key", ["z", "y", "Shift+z", "Alt+Backspace", "Control+Delete"])
def test_other_keys_leave_the_drawing(page: Page, key: str) -> None:
    draw(page, ONE)
    page.keyboard.press(key)
    assert canvas_pixel(page, 0.5, 0.5)[3] == 255


@pytest.mark.parametrize("field", ["<input type=text>", "<input>", "<textarea></textarea>", "<select></select>", RANGE])
@pytest.mark.parametrize("key", ["Control+z", "Backspace"])
def test_keys_are_ignored_in_a_focused_field(page: Page, field: str, key: str) -> None:
    draw(page, ONE)
    page.evaluate("field => { document.querySelector('header').innerHTML += field; }", field)
    page.locator("header > :last-child").focus()
    page.keyboard.press(key)
    assert canvas_pixel(page, 0.5, 0.5)[3] == 255


def test_unfinished_stroke_can_be_undone(page: Page) -> None:
    box = page.locator("canvas").bounding_box()
    assert box is not None
    draw(page, UNDER)
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["width"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["width"])
    page.keyboard.press("Control+z")
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.7 * box["width"])
    page.mouse.up()
    assert lines(page) == [False, True]
    assert canvas_pixel(page, 0.5, 0.65)[3] == 0


def test_canvas_callbacks_and_state(page: Page) -> None:
    page.evaluate(SECOND_CANVAS)
    expected = {  # action: callbacks, then isBlank, isDrawing, canUndo, canRedo
        "undo()": "- blank",
        "clear()": "- blank",
        "down(10, 10)": "changed - drawing undo",
        "move(20, 20)": "- drawing undo",
        "up()": "finished - undo",
        "clear( )": "changed - blank undo",
        "undo( )": "changed finished - undo redo",
        "undo(  )": "changed - blank redo",
        "redo()": "changed finished - undo redo",
        "redo( )": "changed - blank undo",
        "show({ url: 'data:,', image: new OffscreenCanvas(1, 1) })": "changed finished - undo",
        "down(10, 10 )": "changed - drawing undo",
        "redo(  )": "- drawing undo",
        "clear(  )": "changed - blank undo",
        "up( )": "- blank undo",
    }
    assert {action: page.evaluate(f"perform(() => second.{action})") for action in expected} == expected


SECOND_CANVAS = """async () => {
  const { DrawingCanvas } = await import("/js/canvas/canvas.js");
  const canvas = document.createElement("canvas");
  canvas.setPointerCapture = () => {}; // synthetic pointers cannot be captured
  document.querySelector("main").append(canvas);
  const log = [];
  const drawing = new DrawingCanvas(canvas, {
    onChange: () => log.push("changed"),
    onFinish: () => log.push("finished"),
  });
  const send = (type, x, y) =>
    canvas.dispatchEvent(new PointerEvent(type, { pointerId: 9, clientX: x, clientY: y }));
  Object.assign(drawing, {
    down: (x, y) => send("pointerdown", x, y),
    move: (x, y) => send("pointermove", x, y),
    up: () => ["pointerup", "lostpointercapture"].forEach((type) => send(type)),
  });
  window.second = drawing;
  window.perform = (action) => {
    action();
    const state = {
      blank: drawing.isBlank,
      drawing: drawing.isDrawing,
      undo: drawing.canUndo,
      redo: drawing.canRedo,
    };
    return [...log.splice(0), "-", ...Object.keys(state).filter((name) => state[name])].join(" ");
  };
}"""


def test_hint_is_hidden_while_there_is_ink(page: Page) -> None:
    expect(page.get_by_text("Draw here")).to_be_visible()
    draw(page, SEVEN)
    expect(page.get_by_text("Draw here")).to_be_hidden()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Draw here")).to_be_visible()
    assert canvas_pixel(page, 0.5, 0.24)[3] == 0


FOUR: Sequence[Stroke] = [[(0.55, 0.1), (0.2, 0.62), (0.85, 0.62)], [(0.65, 0.35), (0.62, 0.95)]]


def placed(strokes: Sequence[Stroke], size: float, left: float, top: float) -> list[Stroke]:
    return [[(left + size * x, top + size * y) for x, y in stroke] for stroke in strokes]


def test_small_digit_is_sent_with_ink_in_proportion(open_page: Open) -> None:
    """A digit drawn at 0.3 of the canvas is sent as the same digit drawn at 0.6."""
    pictures = []
    for size, left, top in ((0.353, 0.6, 0.05), (0.706, 0.14, 0.13)):  # 0.85 of each is the digit's height
        page = open_page(viewport={"width": 1440, "height": 1000})
        draw(page, placed(FOUR, size, left, top))
        pictures.append(sent(page).convert("L"))
    small, large = (np.asarray(picture.crop(picture.getbbox())) > 127 for picture in pictures)
    assert small.shape == pytest.approx(large.shape, abs=3)
    assert small.mean() == pytest.approx(large.mean(), abs=0.02)


@pytest.mark.parametrize("size", [0.2, 0.3, 0.5, 1.0])
def test_four_is_read_at_every_size(page: Page, size: float) -> None:
    draw(page, placed(FOUR, size, 0.0, 0.0))
    expect(page.locator("#status")).to_have_text("Both models say 4.")


def test_small_drawing_stays_small_on_the_canvas(page: Page) -> None:
    draw(page, placed(ONE, 0.3, 0.0, 0.0))
    assert canvas_pixel(page, 0.15, 0.15)[3] == 255
    assert canvas_pixel(page, 0.5, 0.5)[3] == 0


def test_dot_is_not_enlarged(page: Page) -> None:
    page.locator("canvas").click()
    bounds = sent(page).convert("L").point(lambda level: 255 * (level > 127)).getbbox()
    assert bounds is not None
    assert bounds[2] - bounds[0] == pytest.approx(BRUSH * CANVAS, abs=2)


def test_frame_paints_finished_strokes_from_a_cache(page: Page) -> None:
    """While the seventh stroke is drawn, the curves of the six before it are not painted again."""
    for row in range(6):
        draw(page, [[(0.1, 0.1 + row / 10), (0.9, 0.1 + row / 10)]], steps=60)
    page.evaluate(COUNT_CURVES)
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 350)
    page.mouse.down()
    page.mouse.move(box["x"] + 110, box["y"] + 350)
    canvas_pixel(page, 0, 0)  # waits for two frames
    page.evaluate("curves = 0")
    page.mouse.move(box["x"] + 130, box["y"] + 350, steps=3)
    assert canvas_pixel(page, 0.5, 0.1)[3] == 255
    assert 0 < page.evaluate("curves") < 30
    page.mouse.up()
    assert [canvas_pixel(page, 0.5, 0.1 + row / 10)[3] for row in range(6)] == [255] * 6


def test_repaint_of_1500_points_takes_less_than_a_frame(page: Page) -> None:
    assert 0 < page.evaluate(PAINT_1500) < 16  # milliseconds, of one frame at 60 a second


def test_clear_does_not_scroll(open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 640})
    draw(page, SEVEN)
    page.locator("#explain").click()
    page.get_by_role("heading", name="Why the decision tree says 7").wait_for()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    before = page.evaluate("scrollY")
    page.keyboard.press("Delete")
    canvas_pixel(page, 0, 0)
    assert page.evaluate("scrollY") == before > 600
    page.evaluate("scrollTo(0, 0)")
    draw(page, SEVEN)
    expect(page.locator("#status")).to_have_text("Both models say 7.")
    assert page.locator("main").evaluate("main => main.style.minBlockSize") == ""


COUNT_CURVES = """() => {
  window.curves = 0;
  const { prototype } = CanvasRenderingContext2D;
  const original = prototype.quadraticCurveTo;
  prototype.quadraticCurveTo = function (...box) { curves++; return original.apply(this, box); };
}"""
PAINT_1500 = """async () => {
  const canvas = document.querySelector("canvas");
  const { left, top, width } = canvas.getBoundingClientRect();
  const send = (type, i) => canvas.dispatchEvent(new PointerEvent(type, {
    pointerId: 1, clientX: left + width * (0.5 + 0.4 * Math.cos(i / 9)), clientY: top + width * (0.1 + i / 2000),
  }));
  canvas.setPointerCapture = () => {};
  const [context, times] = [canvas.getContext("2d"), []];
  const request = requestAnimationFrame;
  window.requestAnimationFrame = (paint) => request(() => {
    const start = performance.now();
    paint();
    context.getImageData(0, 0, 1, 1); // waits for the painting
    times.push(performance.now() - start);
  });
  send("pointerdown", 0);
  for (let i = 0; i < 1500; i++) send("pointermove", i);
  for (let i = 1500; i < 1520; i++) {
    send("pointermove", i);
    await new Promise(request);
  }
  send("pointerup", 1520);
  return times.sort((a, b) => a - b)[10];
}"""
