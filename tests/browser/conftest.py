"""A browser and the page served by serve.py, for the tests of this folder.

The fixtures' scope is the folder: while Playwright runs, no other event loop can run in this thread (see `chromium`).
Each test has a window (browser context) of its own, and each pytest-xdist worker a browser and a server. On a busy
machine a browser may stall: a test that fails runs once more, and the summary shows the first failure.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.support.browser.chromium import chromium, executable
from tests.support.browser.page_state import disable_auto_predict
from tests.support.require import require
from tests.support.site import site as serve


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the visible text of the open pages to the report of a failed test."""
    report = yield
    browser = item.funcargs.get("browser")
    if report.when == "call" and report.failed and isinstance(browser, Browser):
        for page in [page for context in browser.contexts for page in context.pages]:
            try:
                text = page.inner_text("body", timeout=5_000)
            except Error as error:  # it does not respond
                text = error.message
            report.sections.append((f"Page {page.url}", text))
    return report


class Open(Protocol):
    """Open the page in a new window, with Playwright's options for one.

    Without the service worker, which has tests of its own: `page.route` does not get the requests that it makes.
    """

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
        contexts.append(browser.new_context(**{"reduced_motion": "reduce", "service_workers": "block", **options}))
        page = contexts[-1].new_page()
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
