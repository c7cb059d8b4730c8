"""The page without a server: it opens, whole and of one release, and answers with the network that was kept."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.reading import expect_words
from tests.support.pictures import data_url, encode, seven
from tests.support.site import free_port, wait_for
from tests.support.template import ROOT

PATIENCE = 15  # seconds
NOT_KEPT = {"/sw.js", "/social.png"}  # the browser keeps the worker itself; the picture is for other sites
DAMAGED = "What came is not the neural network as it was published."
MARK = "/* second release */\n"
SAYS_NEW = 'async (file) => (await (await caches.match(file))?.text() ?? "").includes("second release")'
KEPT = """async () => {
  const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  return all.flat().map(({ url }) => new URL(url).pathname);
}"""
KEEP = 'async () => (await import("/js/local/predictor.js")).keep()'
ANSWER = 'async (drawing) => (await import("/js/local/predictor.js")).answer(drawing)'
ASK = """async (drawing) => {
  const { ask } = await import("/js/api.js");
  return ask("mlp", drawing, false, new AbortController().signal);
}"""
FAILS = """async ([call, drawing]) => {
  const offline = await import("/js/local/predictor.js");
  return offline[call](drawing).then(() => "nothing", ({ message, status, type }) => [message, status, type]);
}"""
PIXELS = """async (url) => {
  const image = Object.assign(new Image(), { src: url });
  await image.decode();
  const context = Object.assign(document.createElement("canvas"), { width: 28, height: 28 }).getContext("2d");
  context.drawImage(image, 0, 0);
  return [...context.getImageData(0, 0, 28, 28).data];
}"""


class Site:
    """A copy of the site that can be released anew, stopped and started; always at the same address."""

    def __init__(self, folder: Path) -> None:
        self.frontend, self.port = folder / "frontend", free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        shutil.copy(ROOT / "serve.py", folder)
        shutil.copytree(ROOT / "frontend", self.frontend)
        shutil.copytree(ROOT / "functions" / "digits" / "models", folder / "functions" / "digits" / "models")
        self.models, self.serve = folder / "functions" / "digits" / "models", folder / "serve.py"
        self.start()

    def start(self) -> None:
        command = [sys.executable, str(self.serve), "--port", str(self.port)]
        self.server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(self.url, self.server)

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait()

    def release(self, *files: str) -> None:
        """Change files of the page."""
        for name in files:
            text = (self.frontend / name).read_text()
            mark = text.replace("</body>", "<!-- second release --></body>") if name.endswith(".html") else text + MARK
            (self.frontend / name).write_text(mark)


@pytest.fixture
def site(browser: Browser, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def visit(context: BrowserContext, site: Site) -> Callable[..., Page]:
    """Open the site in a new tab; `installed`: wait until the page is kept."""

    def visit(path: str = "/", installed: bool = False) -> Page:
        page = context.new_page()
        page.goto(site.url + path)
        if installed:
            page.evaluate("async () => { await navigator.serviceWorker.ready; }")
        return page

    return visit


@pytest.fixture
def unworked(browser: Browser, site: Site) -> Iterator[Page]:
    """A page without the service worker, so that its requests can be answered by the test."""
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.goto(site.url)
    yield page
    context.close()


def is_new(page: Page, name: str) -> bool:
    """Whether a page gets the second release of a file."""
    text: str = page.evaluate("async (name) => (await fetch(name)).text()", name)
    return "second release" in text


def wait_until(page: Page, expression: str, argument: str = "") -> None:
    """Wait for what a promise tells: Playwright's own waiting does not look into it."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(expression, argument):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


def kept(page: Page) -> set[str]:
    return set(page.evaluate(KEPT))


def test_the_page_opens_without_a_server_after_one_visit(site: Site, visit: Callable[..., Page]) -> None:
    visit(installed=True).close()
    site.stop()
    page = visit("/?from=elsewhere")
    draw(page, SEVEN)
    expect(page.get_by_role("status")).to_contain_text("cannot be reached")
    page.get_by_text("Without a network").click()
    expect(page.get_by_role("button", name="Keep the neural network")).to_be_visible()
    site.start()


def test_the_page_that_is_open_needs_no_reload_to_go_on_without_a_server(
    site: Site, visit: Callable[..., Page]
) -> None:
    page = visit(installed=True)
    visit().evaluate(KEEP)  # in another tab: this one has not asked for offline.js yet
    site.stop()
    draw(page, SEVEN)
    expect(page.get_by_role("status")).to_contain_text("The neural network says 7")
    site.start()


def test_a_new_release_is_seen_at_the_next_visit(site: Site, visit: Callable[..., Page]) -> None:
    visit(installed=True)
    site.release("index.html", "words.js", "style.css")
    page = visit()
    assert "second release" in page.content()
    assert all(is_new(page, name) for name in ("words.js", "style.css"))


def test_what_is_kept_becomes_the_new_release_whole(site: Site, visit: Callable[..., Page]) -> None:
    visit("/report.html")  # not kept by a first visit: there is no worker yet
    visit(installed=True)
    visit("/report.html").wait_for_load_state("networkidle")
    site.release("words.js", "onnx.js")  # one that each visit loads, and one that it does not
    page = visit()
    for name in ("words.js", "onnx.js"):
        wait_until(page, SAYS_NEW, name)
    wait_until(page, "async () => (await caches.keys()).length === 1")
    assert "/report.html" not in kept(page)
    site.stop()
    page = visit()
    assert is_new(page, "words.js")
    assert is_new(page, "onnx.js")
    site.start()


def test_a_release_with_a_file_missing_leaves_the_one_before(site: Site, visit: Callable[..., Page]) -> None:
    visit(installed=True)
    site.release("index.html", "words.js")
    (site.frontend / "keep.js").unlink()
    page = visit()
    assert "second release" in page.content()
    with page.context.expect_event(
        "response", lambda response: response.url.endswith("/keep.js") and response.status == 404
    ):
        pass
    site.stop()
    page = visit()
    assert "second release" not in page.content()
    assert not is_new(page, "words.js")
    site.start()


def test_an_old_page_gets_no_new_module(site: Site, visit: Callable[..., Page]) -> None:
    visit(installed=True)
    site.stop()
    old = visit()
    site.release("words.js", "onnx.js")
    site.start()
    new = visit()
    assert [is_new(old, name) for name in ("words.js", "onnx.js")] == [False, False]
    assert [is_new(new, name) for name in ("words.js", "onnx.js")] == [True, True]


def test_only_the_page_and_what_was_seen_is_kept(site: Site, visit: Callable[..., Page]) -> None:
    page = visit(installed=True)
    own = kept(page)
    draw(page, SEVEN)
    expect(page.get_by_role("status")).to_contain_text("7")
    page.evaluate(KEEP)
    page.evaluate("async () => { await fetch('/nothing'); await fetch('/style.css?more'); }")
    page.evaluate("async () => { await fetch('/swagger-ui/swagger-ui.css'); await fetch('/api/openapi.json'); }")
    assert kept(page) == own | {"/models/mlp"}


def test_all_that_the_page_ever_asks_for_is_kept(visit: Callable[..., Page]) -> None:
    assert kept(visit(installed=True)) == asked_for("index.html")


def test_the_report_opens_without_a_server_once_it_was_seen(site: Site, visit: Callable[..., Page]) -> None:
    visit(installed=True)
    report = visit("/report.html")
    wait_until(report, f"async () => (await ({KEPT})()).includes('/report/report.css')")
    site.stop()
    page = visit("/report.html")
    assert page.evaluate("document.styleSheets.length") == report.evaluate("document.styleSheets.length")
    assert page.get_by_role("heading", level=1).text_content() == report.get_by_role("heading", level=1).text_content()
    site.start()


@pytest.mark.parametrize("side", [28, 280, 600])
@pytest.mark.parametrize(("ink", "paper"), [(255, 0), (40, 215)])
def test_the_kept_network_answers_as_the_server_does(unworked: Page, side: int, ink: int, paper: int) -> None:
    drawing = data_url(encode(seven(side, ink, paper)))
    unworked.evaluate(KEEP)
    there = unworked.evaluate(ASK, drawing)
    unworked.route("**/*", lambda route: route.abort())
    here = unworked.evaluate(ANSWER, drawing)
    assert here["isOffline"] is True
    assert list(here["milliseconds"]) == ["decode", "normalize", "run"]
    (mine,), (servers,) = here["predictions"], there["predictions"]
    assert (mine["model"], mine["version"], mine["digit"]) == ("mlp", servers["version"], servers["digit"])
    assert mine["probabilities"] == pytest.approx(servers["probabilities"], abs=1e-4)
    assert unworked.evaluate(PIXELS, here["input"]) == unworked.evaluate(PIXELS, there["input"])


def test_the_sheet_is_answered_as_the_server_does(unworked: Page) -> None:
    unworked.evaluate(KEEP)
    with unworked.expect_response("**/api/compare") as response:
        draw(unworked, SEVEN)
    drawing = json.loads(response.value.request.post_data or "")["drawing_data"]
    here, there = unworked.evaluate(ANSWER, drawing), response.value.json()
    assert unworked.evaluate(PIXELS, here["input"]) == unworked.evaluate(PIXELS, there["input"])
    servers = next(prediction for prediction in there["predictions"] if prediction["model"] == "mlp")
    assert here["predictions"][0]["probabilities"] == pytest.approx(servers["probabilities"], abs=1e-4)


def test_an_empty_drawing_is_refused_as_the_server_does(unworked: Page) -> None:
    unworked.evaluate(KEEP)
    empty, broken = data_url(encode(seven(280, 8, 0))), data_url(b"not a picture")
    assert unworked.evaluate(FAILS, ["answer", empty])[1:] == [422, "urn:digits:nothing-drawn"]
    assert unworked.evaluate(FAILS, ["answer", broken])[1:] == [422, "urn:digits:not-an-image"]


def test_without_a_kept_network_there_is_no_answer(unworked: Page) -> None:
    said = ["The neural network is not kept in this browser.", 0, ""]
    drawing = data_url(encode(seven()))
    assert unworked.evaluate(FAILS, ["answer", drawing]) == said
    unworked.evaluate(KEEP)
    unworked.evaluate('async () => (await import("/js/local/predictor.js")).forget()')
    assert unworked.evaluate('async () => (await import("/js/local/predictor.js")).isKept()') is False
    assert unworked.evaluate(FAILS, ["answer", drawing]) == said


def test_keeping_tells_how_far_it_is_and_asks_once(unworked: Page) -> None:
    asked: list[str] = []
    unworked.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[1]))
    shares = unworked.evaluate("""async () => {
      const { keep } = await import("/js/local/predictor.js");
      const shares = [];
      await Promise.all([keep((share) => shares.push(share)), keep()]);
      await keep();
      return shares;
    }""")
    assert len(shares) > 3
    assert shares == sorted(shares)
    assert (shares[0] > 0, shares[-1]) == (True, 1)
    assert asked.count("mlp.onnx") == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda route: route.abort(), "The server cannot be reached. Check your connection, then try again."),
        (lambda route: route.fulfill(status=503), "The server cannot answer now (503)."),
        (lambda route: route.fulfill(body=b"half"), DAMAGED),
        (lambda route: route.fulfill(body=bytes(6_000_000)), DAMAGED),
    ],
    ids=["no-network", "refused", "cut-off", "too-much"],
)
def test_a_failed_download_keeps_what_was_kept(
    site: Site, unworked: Page, answer: Callable[[Route], Any], said: str
) -> None:
    unworked.route("**/models/mlp.onnx", answer)
    assert unworked.evaluate(FAILS, ["keep"])[0] == said
    assert unworked.evaluate(KEPT) == []
    unworked.unroute("**/models/mlp.onnx")
    unworked.evaluate(KEEP)
    version = publish_another(site)
    unworked.route("**/models/mlp.onnx", answer)
    assert unworked.evaluate(FAILS, ["keep"])[0] == said
    kept = unworked.evaluate(ANSWER, data_url(encode(seven())))["predictions"][0]
    assert (kept["digit"], kept["version"] != version) == (7, True)


def test_a_newer_network_takes_the_place_of_the_kept_one(site: Site, unworked: Page) -> None:
    unworked.evaluate(KEEP)
    drawing = data_url(encode(seven()))
    before = unworked.evaluate(ANSWER, drawing)["predictions"][0]
    version = publish_another(site)
    unworked.evaluate(KEEP)
    after = unworked.evaluate(ANSWER, drawing)["predictions"][0]
    assert (before["version"] != version, after["version"]) == (True, version)
    assert after["probabilities"] == before["probabilities"]
    assert unworked.evaluate(KEPT) == ["/models/mlp"]


def test_the_next_visit_brings_the_newer_network(site: Site, unworked: Page) -> None:
    unworked.evaluate(KEEP)
    version = publish_another(site)
    unworked.reload()
    wait_until(
        unworked, 'async (version) => await (await import("/js/local/predictor.js")).keptVersion() === version', version
    )


def test_a_person_keeps_the_network_is_answered_by_it_and_removes_it(site: Site, visit: Callable[..., Page]) -> None:
    page = visit(installed=True)
    page.get_by_text("Without a network").click()
    page.get_by_role("button", name="Keep the neural network (5 MB)").click()
    expect(page.locator("#kept")).to_contain_text("is kept in this browser")
    site.stop()
    draw(page, SEVEN)
    expect_words(page, re.compile("^The neural network says 7, .* sure.$"))
    expect(page.locator("#detail")).to_have_text(
        "Answered in this browser, without the server; the tree needs the server."
    )
    page.get_by_role("radio", name="Decision tree").check()
    expect_words(page, "The server cannot be reached. Check your connection, then try again.")
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator("#kept")).to_contain_text("unless the neural network is kept here")
    page.get_by_role("radio", name="Neural network").check()
    draw(page, SEVEN)
    expect_words(page, "The server cannot be reached. Check your connection, then try again.")
    site.start()


def test_a_network_that_changed_in_the_browser_is_forgotten(unworked: Page) -> None:
    unworked.evaluate(KEEP)
    unworked.evaluate("""async () => {
      const cache = await caches.open("network");
      const { headers } = await cache.match("/models/mlp");
      await cache.put("/models/mlp", new Response("changed", { headers }));
    }""")
    said = unworked.evaluate(FAILS, ["answer", data_url(encode(seven()))])[0]
    assert said == DAMAGED
    assert unworked.evaluate(KEPT) == []


def asked_for(page: str) -> set[str]:
    """Find what a page asks for, at once or later, and what that asks for in turn."""
    files, found = [page], {"/", *NOT_KEPT}
    while files:
        text = (ROOT / "frontend" / files.pop()).read_text()
        names = re.findall(r'["(](?:\./)?([\w-]+\.(?:js|css|png|svg))[")]', text)
        fresh = {name for name in names if f"/{name}" not in found}
        found |= {f"/{name}" for name in fresh}
        files += [name for name in fresh if name.endswith((".js", ".css"))]
    return found - NOT_KEPT


def publish_another(site: Site) -> str:
    """Publish the same network in other bytes: with an empty field of documentation behind it."""
    file, manifest = site.models / "mlp.onnx", site.models / "manifest.json"
    data = file.read_bytes() + b"\x32\x00"  # doc_string, 6, of no length
    sha256 = hashlib.sha256(data).hexdigest()
    content = json.loads(manifest.read_text())
    content["models"]["mlp"] |= {"bytes": len(data), "sha256": sha256, "version": sha256[:12]}
    file.write_bytes(data)
    manifest.write_text(json.dumps(content))
    return sha256[:12]
