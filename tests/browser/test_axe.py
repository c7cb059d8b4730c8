"""Both pages in every state, themes and widths: axe finds nothing against WCAG 2.2 AA, nor against good practice."""

import re

import pytest
from playwright.sync_api import Browser, Page

from supply import npm
from tests.support.audits.axe import STATES, THEMES, WIDTHS, Finding, axe, examine
from tests.support.require import require

# What axe leaves to people, and what people found. Anything else that it cannot decide fails, so that someone looks.
LOOKED_AT = {
    r"color-contrast: #hint: .*image node": "even on the sheet's dots it has 4.7 in light and 5.3 in dark",
    r"color-contrast: (text|\.on-ink)\[.*": "explanation.js chooses black or white by the pixel: 4.5 on the worst grey",
    r"color-contrast: .*\btable > .*partially obscured": "it is scrolled away, or under the sticky first column",
}


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    require(npm.is_installed(), "axe is not installed", "make test")


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(browser: Browser, site: str, state: str) -> None:
    verdicts = list(examine(browser, site, state))
    assert len(verdicts) == len(THEMES) * len(WIDTHS)
    for theme, width, verdict in verdicts:
        undecided = [finding for finding in verdict.incomplete if is_news(finding)]
        assert [f"{theme}, {width} px: {finding}" for finding in verdict.violations + undecided] == []
        assert {"color-contrast", "target-size", "region", "heading-order"} <= verdict.passed  # these were looked at


def is_news(finding: Finding) -> bool:
    return not any(re.match(known, str(finding)) for known in LOOKED_AT)


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("document.querySelector('canvas').removeAttribute('aria-label')", "role-img-alt"),
        ("document.querySelector('#predict').style.color = '#555'", "color-contrast"),
        ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
        ("document.querySelector('h1').remove()", "page-has-heading-one"),
    ],
)
def test_axe_finds_what_is_broken(page: Page, fault: str, rule: str) -> None:
    page.evaluate(fault)
    assert rule in {finding.rule for finding in axe(page).violations}
