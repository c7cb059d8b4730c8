"""Drawn pictures of a seven, and their encodings."""

import base64
import io

from PIL import Image, ImageDraw

SEVEN = ((0.25, 0.2), (0.75, 0.2), (0.45, 0.8))  # fractions of the side


def seven(side: int = 280, ink: int = 255, paper: int = 0) -> Image.Image:
    """Draw a seven with round strokes: a side x side image of mode L."""
    picture = Image.new("L", (side, side), paper)
    pen = ImageDraw.Draw(picture)
    brush = side / 14
    points = [(x * side, y * side) for x, y in SEVEN]
    pen.line(points, ink, round(brush), "curve")
    for x, y in (points[0], points[-1]):
        pen.ellipse((x - brush / 2, y - brush / 2, x + brush / 2, y + brush / 2), ink)
    return picture


def encode(picture: Image.Image, format: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture.save(file, format)
    return file.getvalue()


def data_url(image: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(image).decode()}"
