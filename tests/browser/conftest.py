"""A browser and the page served by serve.py, for the tests of this folder.

Their scope is the folder: while Playwright runs, no other event loop can run in this thread (see `chromium`).
"""

from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.browser.chromium import chromium, executable
from tests.support.browser.reading import answer_by_hand
from tests.support.require import require
from tests.support.site import site as serve


class Open(Protocol):
    """Open the page in a new window, with Playwright's options for one."""

    def __call__(self, **options: Any) -> Page: ...


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    require(executable() is not None, "There is no Chromium on this machine", "apt-get install chromium")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def site(browser: Browser) -> Iterator[str]:  # after the browser: nothing is served to a machine without one
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
    """The page with its switch off: only Predict asks."""
    answer_by_hand(page)
    return page
