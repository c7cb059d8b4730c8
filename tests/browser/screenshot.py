"""Draw a seven, ask both models and save a picture of the page: `python -m tests.browser.screenshot docs/page.png`."""

import argparse
import io
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import expect

from tests.browser.chromium import chromium
from tests.browser.drawing import SEVEN, draw
from tests.browser.site import site


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--width", type=int, default=960, help="of the window, in CSS pixels")
    parser.add_argument("--dark", action="store_true")
    arguments = parser.parse_args()
    picture = photograph(arguments.width, "dark" if arguments.dark else "light")
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    save(picture, arguments.file)
    print(f"{arguments.file}: {arguments.file.stat().st_size:,} bytes")


def photograph(width: int, color_scheme: Literal["light", "dark"]) -> bytes:
    """Return the whole page after an answer, two pixels for each of CSS, as a PNG."""
    with site() as url, chromium() as browser:
        page = browser.new_page(
            viewport={"width": width, "height": 640},
            device_scale_factor=2,
            color_scheme=color_scheme,
            reduced_motion="reduce",
        )
        page.goto(url)
        draw(page, SEVEN)
        page.get_by_role("button", name="Predict").click()
        expect(page.get_by_role("status")).to_contain_text("say")
        page.mouse.move(0, 0)
        return page.screenshot(full_page=True)


def save(picture: bytes, file: Path) -> None:
    """Write a PNG of at most 256 colours: the page has few, and such a file is a third of the size."""
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    main()
