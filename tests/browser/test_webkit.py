"""Smoke test in WebKit, the engine of Safari."""

from collections.abc import Iterator

import pytest

from tests.support.browser.smoke import check_answer_explanation_and_link, check_offline_answer
from tests.support.browser.webkit import WebKit, is_installed, webkit
from tests.support.require import require

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine() -> Iterator[WebKit]:
    require(is_installed(), "There is no WebKit or no Xvfb on this machine", "apt-get install webkit2gtk-driver xvfb")
    with webkit() as engine:
        yield engine


def test_webkit_draws_answers_explains_and_shares(engine: WebKit) -> None:
    check_answer_explanation_and_link(engine)


def test_webkit_opens_the_page_offline(engine: WebKit) -> None:
    check_offline_answer(engine)
