"""Drawings and scans with more than the digit, or with unusual pens and colors."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from evaluation.pictures.writing import BLACK, WHITE, Color, Cover, cover, on_canvas, paint, picture, points
from training.strokes.canvas import BRUSH, CANVAS, Strokes

CELL, LINE = 300, 3  # pixels, of a form's cells and their borders
ERASER = 15  # pixels


def canvas(strokes: Strokes, brush: float = BRUSH) -> Image.Image:
    """Draw white ink on black, as the page does; the brush is a fraction of the canvas."""
    return picture(255 * on_canvas(strokes, brush))


def scan(strokes: Strokes) -> Image.Image:
    """Draw black ink on white."""
    return paper(on_canvas(strokes))


def paper(covered: Cover) -> Image.Image:
    """Return black ink on white."""
    return picture(255 * (1 - covered))


def framed(strokes: Strokes, width: int, level: int, inset: int = 0) -> Image.Image:
    """Draw a rectangle of a gray level around the canvas, `inset` pixels from its edge."""
    drawn = scan(strokes)
    corner = CANVAS - 1 - inset
    ImageDraw.Draw(drawn).rectangle((inset, inset, corner, corner), outline=level, width=width)
    return drawn


def on_page(drawn: Image.Image, border: int, level: int) -> Image.Image:
    """Place a drawing on a larger page of a gray level, as a screenshot shows it."""
    page = Image.new("L", (drawn.width + 2 * border, drawn.height + 2 * border), level)
    page.paste(drawn, (border, border))
    return page


def form_cell(strokes: Strokes) -> Image.Image:
    """Draw in a cell of a printed form; borders of the cells around it are in the picture, too."""
    page = on_page(scan(strokes), 40, 255)
    pen, start, end = ImageDraw.Draw(page), page.width - CELL, CELL
    for edge in (start // 2, start // 2 + end):
        pen.line((edge, 0, edge, page.height), 0, LINE)
        pen.line((start // 2, edge, start // 2 + end, edge), 0, LINE)
    return page


def with_neighbor(strokes: Strokes, other: Strokes, share: float, rng: np.random.Generator) -> Image.Image:
    """Let a share of another digit reach into the picture over one of its edges."""
    beside = on_canvas(other)
    columns = np.flatnonzero(beside.any(axis=0))
    visible = max(2, round(share * len(columns)))
    edge = np.zeros_like(beside)
    edge[:, -visible:] = beside[:, columns[0] : columns[0] + visible]
    return paper(np.maximum(on_canvas(strokes), np.rot90(edge, int(rng.integers(4)))))


def underlined(strokes: Strokes) -> Image.Image:
    """Draw a line below the digit."""
    bottom = max(y for stroke in strokes for _, y in stroke) + 0.18
    return paper(on_canvas([*strokes, [[0.1, bottom], [0.9, bottom + 0.02]]]))


def colored(strokes: Strokes, color: Color, surface: Color) -> Image.Image:
    """Draw in one color on another, which may be as bright."""
    return picture(paint(surface, on_canvas(strokes), color))


def erased(strokes: Strokes, other: Strokes) -> Image.Image:
    """Draw black on a transparent canvas where another digit was erased in white before. Returns RGBA."""
    drawn = on_canvas(strokes)
    rubbed = np.asarray(picture(255 * on_canvas(other)).filter(ImageFilter.MaxFilter(ERASER)), np.float32) / 255
    return picture(np.dstack((paint(WHITE, drawn, BLACK), 255 * np.maximum(drawn, rubbed))))


def small(strokes: Strokes, length: float, rng: np.random.Generator) -> Image.Image:
    """Draw a small digit anywhere with the page's own brush; the length is a fraction of the canvas."""
    center = rng.uniform(length, 1 - length, 2) * CANVAS
    return picture(255 * cover(points(strokes, length * CANVAS, (center[0], center[1]))))


def slashed(strokes: Strokes, overshoot: float) -> Image.Image:
    """Strike a diagonal line through a zero; it ends inside of its box, or `overshoot` outside of it."""
    every = np.concatenate([np.array(stroke) for stroke in strokes])
    low, high = every.min(axis=0), every.max(axis=0)
    inner = (0.12 - overshoot) * (high - low)
    ends = [[high[0] - inner[0], low[1] + inner[1]], [low[0] + inner[0], high[1] - inner[1]]]
    return paper(on_canvas([*strokes, ends]))
