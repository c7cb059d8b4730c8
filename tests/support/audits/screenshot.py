"""Screenshot of the page with a prediction: `python -m tests.support.audits screenshot docs/page.png`.

`--social` makes the link preview (Open Graph image): frontend/social.png.
"""

import argparse
import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from command_line import positive
from tests.support.browser.chromium import chromium
from tests.support.site import site

HELP = "write a screenshot of the page with a prediction"
SAMPLE = "Sample 7"  # of the test set; the two models disagree on it
SOCIAL = {"viewport": {"width": 1200, "height": 630}, "color_scheme": "dark"}  # pixels, the size of Open Graph images


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path)
    parser.add_argument("--width", type=positive, default=1100, help="of the window, in CSS pixels")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--explain", action="store_true", help="with Explain pressed")
    parser.add_argument("--social", action="store_true")


def command(arguments: argparse.Namespace) -> None:
    """Take the screenshot and write the file."""
    options = (
        SOCIAL
        if arguments.social
        else {
            "viewport": {"width": arguments.width, "height": 800},
            "device_scale_factor": 2,
            "color_scheme": "dark" if arguments.dark else "light",
        }
    )
    with site() as url, chromium() as browser:
        page = browser.new_page(reduced_motion="reduce", **options)
        page.goto(url)
        show_prediction(page, arguments.explain)
        picture = page.screenshot(full_page=not arguments.social)
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    save(picture, arguments.file, 32 if arguments.social else 256)
    print(f"{arguments.file}: {arguments.file.stat().st_size:,} bytes")


def show_prediction(page: Page, explain: bool) -> None:
    """Predict SAMPLE, and explain the prediction if requested."""
    page.get_by_role("button", name=SAMPLE).click()
    page.get_by_text("They differ").wait_for()
    if explain:
        page.get_by_role("button", name="Explain").click()
        page.get_by_role("region", name="Explanation").wait_for()
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


def save(picture: bytes, file: Path, colors: int) -> None:
    """Write a PNG with a palette: a third of the size, and the page has few colors."""
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").quantize(colors, dither=Image.Dither.NONE).save(file, optimize=True)
