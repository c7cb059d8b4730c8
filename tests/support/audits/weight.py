"""The page comes in; what its first view weighs goes out: requests, bytes over the wire, JavaScript, the whole page.

`python -m tests.support.audits.weight` loads the page that serve.py serves into a browser that has never seen it.
"""

import argparse
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser
from rich.console import Console
from rich.table import Table

from tests.support.audits.lighthouse import PAGES
from tests.support.browser.chromium import chromium
from tests.support.site import site

FRONTEND = Path(__file__).parents[3] / "frontend"
REPORT = ("report", "report.html")  # a page of its own


@dataclass(frozen=True)
class File:
    """A file as it came to the browser, or lies in a folder."""

    name: str
    wire: int  # bytes, headers and compression included; 0 where nothing was sent
    raw: int  # bytes
    zipped: int  # bytes, by gzip at its best

    @property
    def is_script(self) -> bool:
        return self.name.endswith(".js")


def first_view(browser: Browser, url: str) -> list[File]:
    """Load a page with nothing cached. Returns every file that came, in the order of asking."""
    context = browser.new_context()
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    names: dict[str, str] = {}
    wire: dict[str, int] = {}
    bodies: dict[str, bytes] = {}

    def asked(event: Any) -> None:
        if not event["request"]["url"].startswith("data:"):
            names[event["requestId"]] = urlsplit(event["request"]["url"]).path

    def came(event: Any) -> None:
        wire[event["requestId"]] = int(event["encodedDataLength"])

    devtools.on("Network.requestWillBeSent", asked)
    devtools.on("Network.loadingFinished", came)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.on("response", lambda response: bodies.update({urlsplit(response.url).path: response.body()}))
    page.goto(url, wait_until="networkidle")
    context.close()
    return [_file(name, bodies.get(name, b""), wire.get(key, 0)) for key, name in names.items()]


def whole_page() -> list[File]:
    """Every file of the page, without the report: what is loaded at first, later or never."""
    files = (file for file in sorted(FRONTEND.rglob("*")) if file.is_file())
    own = (file for file in files if file.relative_to(FRONTEND).parts[0] not in REPORT)
    return [_file(str(file.relative_to(FRONTEND)), file.read_bytes(), 0) for file in own]


def _file(name: str, body: bytes, wire: int) -> File:
    return File(name, wire, len(body), min(len(body), len(gzip.compress(body, mtime=0))))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.audits.weight", description=__doc__)
    parser.parse_args()
    with site() as url, chromium() as browser:
        for page, path in PAGES.items():
            show(f"First view of the {page}", first_view(browser, url + path))
    show("All files of the page, the report's aside", whole_page())


def show(title: str, files: Sequence[File]) -> None:
    """Print each file, and the sums."""
    table = Table("file", "over the wire", "raw", "gzipped", title=title)
    scripts = [file for file in files if file.is_script]
    for file in files:
        table.add_row(file.name, f"{file.wire:,}", f"{file.raw:,}", f"{file.zipped:,}")
    table.add_section()
    for what, some in ((f"{len(scripts)} scripts", scripts), (f"{len(files)} files", files)):
        sums = (sum(file.wire for file in some), sum(file.raw for file in some), sum(file.zipped for file in some))
        table.add_row(what, *(f"{total:,}" for total in sums))
    Console().print(table)


if __name__ == "__main__":
    main()
