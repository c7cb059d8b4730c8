"""Smoke test in Firefox. The other tests run in Chromium, but for that in WebKit."""

from collections.abc import Iterator

import pytest

from tests.support.browser.firefox import Firefox, executable, firefox
from tests.support.browser.smoke import check_answer_explanation_and_link, check_offline_answer
from tests.support.require import require

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine() -> Iterator[Firefox]:
    require(executable() is not None, "There is no Firefox on this machine", "apt-get install firefox-esr")
    with firefox() as engine:
        yield engine


def test_firefox_draws_answers_explains_and_shares(engine: Firefox) -> None:
    check_answer_explanation_and_link(engine)


def test_firefox_opens_the_page_offline(engine: Firefox) -> None:
    check_offline_answer(engine)
