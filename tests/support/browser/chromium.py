"""This machine's Chromium or Chrome, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)  # GitHub's runners: the third
ARGUMENTS = [
    # Chromium's sandbox needs user namespaces, which containers and Ubuntu 24.04 deny, and does not run as root.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT = 30_000  # milliseconds of an expectation, as of Playwright's actions: its 5 s are too few on a busy machine


def executable() -> str | None:
    """Find a Chromium on the PATH."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium with a temporary profile. Raises FileNotFoundError if none is installed.

    Playwright's event loop runs in this thread until the end, so one browser at a time, and nothing that needs a
    loop of its own (Mangum's handler does).
    """
    path = executable()
    if path is None:
        raise FileNotFoundError("There is no Chromium on this machine: apt-get install chromium")
    expect.set_options(timeout=TIMEOUT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
