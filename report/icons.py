"""Icons of the page, and its picture in link previews (Open Graph): `python -m report icons` writes them to frontend/.

All show the seven of `frontend/favicon.svg`; a test compares them.
"""

import argparse
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FOLDER = Path("frontend")
BRAND, PAGE, PAPER, LINE, INK, QUIET = "#4a45d1", "#131217", "#1d1c24", "#34323e", "#f2f0ea", "#aaa6b5"
TREE, MLP = "#4fc9a2", "#a3a1ff"  # of style.css, dark
ICONS = {"touch-icon.png": 180, "icon-192.png": 192, "icon-512.png": 512}  # pixels, each side
FAVICON_SIZES = [(16, 16), (32, 32), (48, 48)]
SOCIAL_SIZE = (1200, 630)  # pixels, recommended for Open Graph pictures
OVERSAMPLING = 4  # Pillow draws without smooth edges

type Point = tuple[float, float]


def seven(steps: int = 60) -> list[Point]:
    """Return points on the favicon's line, in 32nds of its side: M10 9.5h12q-6 6-8 14."""
    start, control, end = (22.0, 9.5), (16.0, 15.5), (14.0, 23.5)
    curve = [
        tuple((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c for a, b, c in zip(start, control, end, strict=True))
        for t in (step / steps for step in range(steps + 1))
    ]
    return [(10.0, 9.5), *((x, y) for x, y in curve)]


def draw_seven(image: Image.Image, corner: Point, side: float, color: str) -> None:
    """Draw the seven in a square of `side` pixels, with round line ends."""
    draw = ImageDraw.Draw(image)
    points = [(corner[0] + x * side / 32, corner[1] + y * side / 32) for x, y in seven()]
    radius = 2 * side / 32
    for (x0, y0), (x1, y1) in pairwise(points):
        draw.line((x0, y0, x1, y1), color, round(2 * radius))
        for x, y in ((x0, y0), (x1, y1)):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), color)


def icon(side: int, corner: float = 0.0) -> Image.Image:
    """Return the icon in RGBA. Its corners have a radius of `corner` sides; without, systems cut their own shape."""
    large = side * OVERSAMPLING
    image = Image.new("RGBA", (large, large))
    ImageDraw.Draw(image).rounded_rectangle((0, 0, large - 1, large - 1), corner * large, BRAND)
    draw_seven(image, (0, 0), large, "white")
    return image.resize((side, side), Image.Resampling.LANCZOS)


def social() -> Image.Image:
    """Return the picture for link previews: a drawn seven, and both models' answers."""
    unit = OVERSAMPLING // 2
    image = Image.new("RGB", (unit * SOCIAL_SIZE[0], unit * SOCIAL_SIZE[1]), PAGE)
    draw = ImageDraw.Draw(image)

    def box(left: float, top: float, right: float, bottom: float, radius: float, color: str) -> None:
        corners = [unit * each for each in (left, top, right, bottom)]
        draw.rounded_rectangle(corners, unit * radius, color)

    def write(x: float, y: float, text: str, size: int, color: str) -> None:
        draw.text((unit * x, unit * y), text, color, ImageFont.load_default(unit * size), anchor="lm")

    box(70, 75, 550, 555, 36, PAPER)
    for row in range(12):
        for column in range(12):
            x, y = 90 + 40 * column, 95 + 40 * row
            box(x - 2, y - 2, x + 2, y + 2, 2, LINE)
    draw_seven(image, (unit * 10, unit * 15), unit * 600, INK)
    write(620, 135, "Draw a digit", 84, INK)
    write(620, 220, "A neural network and a decision", 33, QUIET)
    write(620, 264, "tree say which one it is, and why.", 33, QUIET)
    for top, name, share, color in ((330, "Neural network", 0.99, MLP), (450, "Decision tree", 0.93, TREE)):
        write(620, top, name, 30, INK)
        box(620, top + 28, 1060, top + 64, 10, PAPER)
        box(620, top + 28, 620 + 440 * share, top + 64, 10, color)
        write(1085, top + 44, "7", 84, color)
    return image.resize(SOCIAL_SIZE, Image.Resampling.LANCZOS)


def write_all(folder: Path) -> list[Path]:
    """Write every picture. Returns the files."""
    for name, side in ICONS.items():
        icon(side).convert("RGB").quantize(16).save(folder / name, optimize=True)
    icon(max(FAVICON_SIZES)[0], 0.25).save(folder / "favicon.ico", sizes=FAVICON_SIZES)
    social().quantize(32, dither=Image.Dither.NONE).save(folder / "social.png", optimize=True)
    return [folder / name for name in (*ICONS, "favicon.ico", "social.png")]


def command(_: argparse.Namespace) -> None:
    """Run `python -m report icons`."""
    for file in write_all(FOLDER):
        print(f"{file}: {file.stat().st_size:,} bytes")
