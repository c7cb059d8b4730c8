"""A browser and the page served by serve.py, for the tests of this folder.

The fixtures' scope is the folder: while Playwright runs, no other event loop can run in this thread (see `chromium`).
Each test has a window (browser context) of its own, and each pytest-xdist worker a browser and a server.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.browser.chromium import chromium, executable
from tests.support.browser.page_state import disable_auto_predict
from tests.support.require import require
from tests.support.site import site as serve


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker("browser")


class Open(Protocol):
    """Open the page in a new window, with Playwright's options for one."""

    def __call__(self, **options: Any) -> Page: ...


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    require(executable() is not None, "There is no Chromium on this machine", "apt-get install chromium")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def site(browser: Browser) -> Iterator[str]:  # requests the browser, so that no server starts without one
    with serve() as url:
        yield url


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Open]:
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        contexts.append(browser.new_context(reduced_motion="reduce", **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.goto(site)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page()


@pytest.fixture
def manual(page: Page) -> Page:
    """The page with automatic predictions switched off."""
    disable_auto_predict(page)
    return page
