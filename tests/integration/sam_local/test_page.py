"""The page in Chromium, with predictions of the build artifact through `sam local start-api`."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route

from tests.support.browser.chromium import chromium, executable
from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.page_state import disable_auto_predict, expect_status, predict
from tests.support.require import require
from tests.support.template import ROOT


@pytest.fixture
def bucket() -> Iterator[str]:
    """URL of the page's files without an API, like the S3 bucket."""
    files = partial(SimpleHTTPRequestHandler, directory=ROOT / "frontend")
    with ThreadingHTTPServer(("127.0.0.1", 0), files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def page(bucket: str, api: str) -> Iterator[Page]:
    """The page on one origin, like CloudFront: /api/* is routed to the API, the rest to the bucket."""
    require(executable() is not None, "There is no Chromium on this machine", "apt-get install chromium")

    def forward(route: Route) -> None:
        route.fulfill(response=route.fetch(url=api + urlsplit(route.request.url).path))

    with chromium() as browser:
        page = browser.new_page(reduced_motion="reduce")
        page.route("**/api/**", forward)
        page.goto(bucket)
        disable_auto_predict(page)
        yield page


def test_both_models_classify_a_drawn_seven(page: Page) -> None:
    draw(page, SEVEN)
    predict(page, "Both")
    expect_status(page, "Both models say 7.")


@pytest.mark.parametrize(("choice", "model"), [("Neural network", "mlp"), ("Decision tree", "tree")])
def test_one_model_classifies_a_drawn_seven(page: Page, choice: str, model: str) -> None:
    draw(page, SEVEN)
    with page.expect_response(f"**/api/predict/{model}") as answer:
        predict(page, choice)
    assert answer.value.status == 200
    page.get_by_text(f"The {choice.lower()} says 7").wait_for()
