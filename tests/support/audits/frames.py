"""Frame times while a digit is drawn and the browser's own network answers, on a slow device.

`python -m tests.support.audits frames` throttles Chromium's processor four times, draws with pointer events at a hand's
pace on the page that serve.py serves, and measures the time from one animation frame to the next.
"""

import argparse

import numpy as np
from playwright.sync_api import Page
from rich.table import Table

from results_console import print_results
from tests.support.browser.chromium import chromium
from tests.support.site import site

HELP = "measure frame times while drawing, throttled"
THROTTLING = 4  # times slower
DRAWN = """async () => {
  const canvas = document.getElementById("canvas");
  canvas.setPointerCapture = () => {}; // synthetic pointers cannot be captured
  const { left, top, width } = canvas.getBoundingClientRect();
  const send = (type, share) => canvas.dispatchEvent(new PointerEvent(type, {
    pointerId: 1, button: 0, bubbles: true,
    clientX: left + width * (0.5 + 0.3 * Math.sin(6 * share)), clientY: top + width * (0.15 + 0.7 * share),
  }));
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const times = [];
  let answers = 0;
  new MutationObserver(() => answers++).observe(document.querySelector(".chart.mlp .bars"), {
    subtree: true, attributes: true, attributeFilter: ["style"],
  });
  send("pointerdown", 0);
  for (let i = 1, last = await frame(); i <= 180; i++) {
    send("pointermove", i / 180);
    const now = await frame();
    times.push(now - last);
    last = now;
  }
  send("pointerup", 1);
  return { times, answers };
}"""


def frame_times(page: Page, throttling: int) -> tuple[list[float], int]:
    """Draw one stroke of 180 frames. Returns the milliseconds of each frame, and the number of live answers."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": throttling})
    drawn = page.evaluate(DRAWN)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return drawn["times"], drawn["answers"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: this audit has no options."""


def command(_: argparse.Namespace) -> None:
    """Draw on the page that serve.py serves, and print the frame times."""
    table = Table("picture of the network", "frames", "live answers", "p50", "p95")
    with site() as url, chromium() as browser:
        for picture in ("closed", "open"):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(url)
            with page.expect_response("**/preview/mlp.onnx"):
                page.locator("#canvas").hover()
            if picture == "open":
                page.locator("#see-inside").click()
            page.wait_for_timeout(5000)  # the example has been drawn, and the page is saved
            times, answers = frame_times(page, THROTTLING)
            p50, p95 = np.percentile(times, [50, 95])
            table.add_row(picture, str(len(times)), str(answers), f"{p50:.0f} ms", f"{p95:.0f} ms")
            page.close()
    print_results(table)
