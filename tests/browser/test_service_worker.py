"""Service worker: the page opens offline, always as one complete release."""

import os.path
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.page_state import expect_status
from tests.support.browser.site_copy import MARK, SiteCopy
from tests.support.template import ROOT

TIMEOUT = 15  # seconds
NOT_CACHED = {
    "/sw.js",
    "/social.png",
    "/touch-icon.png",
}  # for the browser, link previews and home screens, not the page
MESSAGES, ONNX = "js/i18n/messages.js", "js/local/onnx.js"  # loaded by each visit, and only for offline predictions
IS_CACHED_NEW = f'async (file) => (await (await caches.match(file))?.text() ?? "").includes("{MARK}")'
IS_CACHED_ANYWHERE_NEW = f"""async (file) => {{
  const texts = (await caches.keys()).map(async (name) => (await (await caches.open(name)).match(file))?.text());
  return (await Promise.all(texts)).some((text) => text?.includes("{MARK}"));
}}"""
CACHED = """async () => {
  const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  return all.flat().map(({ url }) => new URL(url).pathname);
}"""
INSTALLED = """() => {
  const timeout = new Promise((_, reject) => setTimeout(() => reject(new Error("no service worker")), 15_000));
  return Promise.race([navigator.serviceWorker.ready.then(() => true), timeout]);
}"""
SAVE = 'async () => (await import("/js/local/predictor.js")).save()'


@pytest.fixture
def site(browser: Browser, tmp_path: Path) -> Iterator[SiteCopy]:
    site = SiteCopy(tmp_path)
    yield site
    site.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def visit(context: BrowserContext, site: SiteCopy) -> Callable[..., Page]:
    """Open the site in a new tab; `installed`: wait until the service worker has cached the page."""

    def visit(path: str = "/", installed: bool = False) -> Page:
        page = context.new_page()
        page.goto(site.url + path)
        if installed:
            page.evaluate(INSTALLED)
        return page

    return visit


def is_new(page: Page, name: str) -> bool:
    """Return whether a page gets the second release of a file."""
    text: str = page.evaluate("async (name) => (await fetch(name)).text()", name)
    return MARK in text


def wait_until(page: Page, expression: str, argument: str = "") -> None:
    """Wait until a promise resolves to a true value, which Playwright's own waiting cannot do."""
    end = time.monotonic() + TIMEOUT
    while not page.evaluate(expression, argument):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


def cached(page: Page) -> set[str]:
    return set(page.evaluate(CACHED))


def test_page_opens_offline_after_one_visit(site: SiteCopy, visit: Callable[..., Page]) -> None:
    visit(installed=True).close()
    site.stop()
    page = visit("/?from=elsewhere")
    draw(page, SEVEN)
    expect_status(page, re.compile("^The neural network says 7, .* sure.$"))
    page.get_by_text("Use offline").click()
    expect(page.get_by_role("button", name="Save both models")).to_be_visible()


def test_open_page_predicts_offline_without_reload(site: SiteCopy, visit: Callable[..., Page]) -> None:
    page = visit(installed=True)
    visit().evaluate(SAVE)  # in another tab: this one has not loaded predictor.js yet
    page.bring_to_front()  # a tab in the background has one frame a second
    site.stop()
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")


def test_new_release_is_shown_at_the_next_visit(site: SiteCopy, visit: Callable[..., Page]) -> None:
    visit(installed=True)
    site.release("index.html", MESSAGES, "style.css")
    page = visit()
    assert MARK in page.content()
    assert all(is_new(page, name) for name in (MESSAGES, "style.css"))


def test_cache_is_replaced_by_a_complete_release(site: SiteCopy, visit: Callable[..., Page]) -> None:
    visit(installed=True)
    visit("/report.html").wait_for_load_state("networkidle")
    site.release(MESSAGES, ONNX)
    page = visit()
    for name in (MESSAGES, ONNX):
        wait_until(page, IS_CACHED_NEW, name)
    wait_until(page, "async () => (await caches.keys()).length === 1")
    assert "/report.html" not in cached(page)
    site.stop()
    page = visit()
    assert is_new(page, MESSAGES)
    assert is_new(page, ONNX)


def test_incomplete_release_keeps_the_previous_cache(site: SiteCopy, visit: Callable[..., Page]) -> None:
    visit(installed=True)
    site.release("index.html", MESSAGES)
    (site.frontend / ONNX).unlink()
    page = visit()
    assert MARK in page.content()
    with page.context.expect_event("response", lambda response: response.url.endswith(ONNX) and response.status == 404):
        pass
    site.stop()
    page = visit()
    assert MARK not in page.content()
    assert not is_new(page, MESSAGES)


def test_old_page_gets_no_new_module(site: SiteCopy, visit: Callable[..., Page]) -> None:
    visit(installed=True)
    site.stop()
    old = visit()
    site.release(MESSAGES, ONNX)
    site.start()
    new = visit()
    assert [is_new(old, name) for name in (MESSAGES, ONNX)] == [False, False]
    assert [is_new(new, name) for name in (MESSAGES, ONNX)] == [True, True]


def test_api_and_other_paths_are_not_cached(site: SiteCopy, visit: Callable[..., Page]) -> None:
    page = visit(installed=True)
    own = cached(page)
    draw(page, SEVEN)
    expect(page.locator("#status")).to_contain_text("7")
    page.evaluate(SAVE)
    page.evaluate("async () => { await fetch('/nothing'); await fetch('/style.css?more'); }")
    page.evaluate("async () => { await fetch('/swagger-ui/swagger-ui.css'); await fetch('/api/openapi.json'); }")
    assert cached(page) == own | {"/models/mlp", "/models/tree"}


def test_every_file_of_the_page_is_cached(visit: Callable[..., Page]) -> None:
    assert cached(visit(installed=True)) == referenced_files("index.html")


def test_report_opens_offline_after_a_visit(site: SiteCopy, visit: Callable[..., Page]) -> None:
    visit(installed=True)
    report = visit("/report.html")
    wait_until(report, f"async () => (await ({CACHED})()).includes('/report.css')")
    site.stop()
    page = visit("/report.html")
    assert page.evaluate("document.styleSheets.length") == report.evaluate("document.styleSheets.length")
    assert page.get_by_role("heading", level=1).text_content() == report.get_by_role("heading", level=1).text_content()


def test_saved_models_predict_offline_and_can_be_removed(site: SiteCopy, visit: Callable[..., Page]) -> None:
    page = visit(installed=True)
    page.get_by_text("Use offline").click()
    page.get_by_role("button", name="Save both models (7 MB)").click()
    expect(page.locator("#offline-status")).to_contain_text("Both models are saved in this browser")
    site.stop()
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    expect(page.locator("#detail")).to_have_text(re.compile("sure: .* Answered in your browser, without the server.$"))
    page.get_by_role("radio", name="Decision tree").check()
    expect_status(page, re.compile("^The decision tree says 7, .* sure.$"))
    page.get_by_role("button", name="Remove them").click()
    expect(page.locator("#offline-status")).to_contain_text("save both models in this browser")
    draw(page, SEVEN)
    expect_status(page, "Can't reach the server. Check your connection and try again.")


def test_slow_network_opens_the_cached_release_and_updates_it(site: SiteCopy, visit: Callable[..., Page]) -> None:
    visit(installed=True)
    site.release("index.html", MESSAGES, ONNX)
    site.server.send_signal(signal.SIGSTOP)  # connections are accepted, and never answered
    start = time.monotonic()
    old = visit()
    assert 1.9 < time.monotonic() - start < TIMEOUT
    assert MARK not in old.content()
    draw(old, SEVEN)
    expect(old.locator(".chart.mlp .digit")).to_have_text("7")
    site.server.send_signal(signal.SIGCONT)
    wait_until(old, IS_CACHED_ANYWHERE_NEW, ONNX)
    assert not is_new(old, ONNX)
    assert MARK in visit().content()


def referenced_files(page: str) -> set[str]:
    """Find the files that a page loads, at once or later, and those that they load in turn."""
    pending, files = [page], {"/"}
    while pending:
        file = pending.pop()
        text = (ROOT / "frontend" / file).read_text()
        for name in re.findall(r'["(]([\w./-]+\.(?:js|css|png|svg)|preview/[\w.]+)[")]', text):
            folder = Path(file).parent if name.startswith(".") else Path()  # modules import relative to themselves
            path = os.path.normpath(folder / name)
            if f"/{path}" not in files | NOT_CACHED:
                files.add(f"/{path}")
                pending += [path] if path.endswith((".js", ".css")) else []
    return files
