"""Page weight: limits on requests, JavaScript and transferred bytes."""

import pytest
from playwright.sync_api import Browser

from tests.support.audits.weight import File, first_view, whole_page

MAX_REQUESTS = 12
MAX_SCRIPTS = 30_000  # bytes, gzipped
MAX_VIEW = 60_000  # bytes, as served
MAX_PAGE = 100_000  # bytes, gzipped: all files but the network


@pytest.fixture(scope="module")
def view(browser: Browser, site: str) -> list[File]:
    return first_view(browser, site)


def test_first_view_has_few_requests(view: list[File]) -> None:
    assert 5 <= len(view) <= MAX_REQUESTS
    assert [file for file in view if not (file.transferred and file.raw)] == []


def test_first_view_has_little_javascript(view: list[File]) -> None:
    assert 0 < sum(file.gzipped for file in view if file.is_script) <= MAX_SCRIPTS


def test_first_view_is_small(view: list[File]) -> None:
    assert sum(file.transferred for file in view) <= MAX_VIEW


def test_whole_page_is_small(view: list[File]) -> None:
    page = whole_page()
    assert {file.name.lstrip("/") or "index.html" for file in view} <= {file.name for file in page}
    assert sum(file.gzipped for file in page) <= MAX_PAGE
