"""SVG of a figure: small, reproducible, and in the page's color theme.

In an <img>, `prefers-color-scheme` follows the page's color-scheme, and so the theme switch (Chromium 156; under the
site's Content-Security-Policy, too). When the file itself is opened on the site, the policy
blocks the style sheet: light colors.
"""

import base64
import io
import re
from collections.abc import Callable
from dataclasses import asdict

import matplotlib
from matplotlib.figure import Figure
from PIL import Image

from report.figures.style import DARK, LIGHT, SETTINGS

FONT = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"  # the page's


def svg(draw: Callable[[], Figure]) -> str:
    """Draw a figure and return its SVG, the same bytes each time."""
    file = io.StringIO()
    with matplotlib.rc_context(SETTINGS):
        draw().savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return _with_theme(_minified(_with_webp(file.getvalue())))


def _with_webp(text: str) -> str:
    """Encode embedded color pictures as WebP: a tenth of the size."""
    return re.sub(r"data:image/png;base64,([^\"]+)", _webp, text)


def _webp(embedded: re.Match[str]) -> str:
    picture = Image.open(io.BytesIO(base64.b64decode(embedded[1])))
    red, green, blue = picture.convert("RGB").split()
    if red.tobytes() == green.tobytes() == blue.tobytes():
        return embedded[0]
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=75, method=6)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def _minified(text: str) -> str:
    """Remove metadata and unused ids, shorten numbers, and turn inline styles into attributes."""
    text = re.sub(
        r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.S
    )
    text = re.sub(r'style="([^"]*)"', _attributes, text)
    text = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d\.\d\d)\d+", r"\1", tag[0]), text)
    text = re.sub(
        r' transform="rotate\(-?0 [^"]*"| id="(?:figure|axes|patch|text|matplotlib|line2d|x?y?tick)\w*"', "", text
    )
    text = re.sub(r'(width|height)="([\d.]+)pt"', r'\1="\2"', text)
    text = text.replace("<svg ", f'<svg font-family="{FONT}" stroke-linejoin="round" stroke-linecap="butt" ', 1)
    return re.sub(r"\s*\n\s*", "\n", text).lstrip()


def _attributes(style: re.Match[str]) -> str:
    """Turn an inline style, which the Content-Security-Policy forbids in a page, into attributes."""
    pairs = (rule.split(":", 1) for rule in style[1].split(";") if rule.strip())
    rules = {name.strip(): value.strip() for name, value in pairs}
    rules.pop("font-family", None)
    return " ".join(f'{name}="{value}"' for name, value in rules.items())


def _with_theme(text: str) -> str:
    """Add a style sheet that replaces each light color by its dark one on a dark page."""
    colors = [(light, asdict(DARK)[name]) for name, light in asdict(LIGHT).items() if light in text]
    rules = "".join(
        f'[{attribute}="{light}"]{{{attribute}:{dark}}}' for light, dark in colors for attribute in ("fill", "stroke")
    )
    style = f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"
    return text.replace(">\n", f">\n{style}\n", 1)
