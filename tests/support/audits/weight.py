"""Page weight: requests, transferred bytes and JavaScript of the first view, and the size of all files.

`python -m tests.support.audits weight` loads the pages that serve.py serves into a browser with an empty cache.
"""

import argparse
import gzip
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser
from rich.table import Table

from results_console import print_results
from tests.support.audits.lighthouse import PAGES
from tests.support.browser.chromium import chromium
from tests.support.site import site

HELP = "measure requests and bytes of the pages"
FRONTEND = Path(__file__).parents[3] / "frontend"
REPORT = ("report", "report.html", "serving.html", "report.css", "js/report.js", "js/details.js")  # pages of its own
NETWORK = "preview"  # folder of the network that is loaded after the first view
MAX_WAIT = 10  # seconds for a file of the first view


@dataclass(frozen=True)
class File:
    """A file as the browser received it, or as it is on disk."""

    name: str
    transferred: int  # bytes, headers and compression included; 0 on disk
    raw: int  # bytes
    gzipped: int  # bytes, at the highest level

    @property
    def is_script(self) -> bool:
        return self.name.endswith(".js")


def first_view(browser: Browser, url: str) -> list[File]:
    """Load a page with an empty cache. Returns every file received, in the order of the requests."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    names: dict[str, str] = {}
    transferred: dict[str, int] = {}
    bodies: dict[str, bytes] = {}

    def record_request(event: Any) -> None:
        if not event["request"]["url"].startswith("data:"):
            names[event["requestId"]] = urlsplit(event["request"]["url"]).path

    def record_size(event: Any) -> None:
        transferred[event["requestId"]] = int(event["encodedDataLength"])

    devtools.on("Network.requestWillBeSent", record_request)
    devtools.on("Network.loadingFinished", record_size)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.on("response", lambda response: bodies.update({urlsplit(response.url).path: response.body()}))
    page.goto(url, wait_until="networkidle")
    end = time.monotonic() + MAX_WAIT
    while names.keys() - transferred.keys() and time.monotonic() < end:  # the last one may still be under way
        page.wait_for_timeout(50)
    context.close()
    return [_file(name, bodies.get(name, b""), transferred.get(key, 0)) for key, name in names.items()]


def whole_page() -> list[File]:
    """Return every file of the page, without report and network, whether loaded at first, later or never."""
    files = (file for file in sorted(FRONTEND.rglob("*")) if file.is_file())
    names = (str(file.relative_to(FRONTEND)) for file in files)
    own = (name for name in names if not {name, name.partition("/")[0]} & {*REPORT, NETWORK})
    return [_file(name, (FRONTEND / name).read_bytes(), 0) for name in own]


def _file(name: str, body: bytes, transferred: int) -> File:
    return File(name, transferred, len(body), min(len(body), len(gzip.compress(body, mtime=0))))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: this audit has no options."""


def command(_: argparse.Namespace) -> None:
    """Measure the pages that serve.py serves, and print the sizes."""
    with site() as url, chromium() as browser:
        for page, path in PAGES.items():
            show(f"First view of the {page}", first_view(browser, url + path))
    show("All files of the page, without report and network", whole_page())


def show(title: str, files: Sequence[File]) -> None:
    """Print each file, and the totals."""
    table = Table("file", "transferred", "raw", "gzipped", title=title)
    scripts = [file for file in files if file.is_script]
    for file in files:
        table.add_row(file.name, f"{file.transferred:,}", f"{file.raw:,}", f"{file.gzipped:,}")
    table.add_section()
    for label, group in ((f"{len(scripts)} scripts", scripts), (f"{len(files)} files", files)):
        totals = (sum(f.transferred for f in group), sum(f.raw for f in group), sum(f.gzipped for f in group))
        table.add_row(label, *(f"{total:,}" for total in totals))
    print_results(table)
