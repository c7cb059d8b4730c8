"""axe finds no violation of WCAG 2.2 AA or best practices: every page in every state, theme and width."""

import re

import pytest
from playwright.sync_api import Browser, Page

from supply.npm import packages as npm
from tests.support.audits.axe import STATES, THEMES, WIDTHS, Issue, axe, examine
from tests.support.require import require

# Issues that axe cannot decide, each with the result of a manual check. Any other fails the test.
CHECKED = {
    r"color-contrast: #hint: .*image node": "contrast 4.7 in light and 5.3 in dark, even on the dots of the canvas",
    r"color-contrast: (text|\.on-ink)\[.*": "the numbers have an outline: black and white",
    r"color-contrast: (.*\btable > |tr:|th\[).*obscured": "scrolled out of view, or under the sticky first column",
}


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    require(npm.is_installed(), "axe is not installed", "make test")


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_no_violations(browser: Browser, site: str, state: str) -> None:
    reports = list(examine(browser, site, state))
    assert len(reports) == len(THEMES) * len(WIDTHS)
    for theme, width, report in reports:
        undecided = [issue for issue in report.incomplete if is_unchecked(issue)]
        assert [f"{theme}, {width} px: {issue}" for issue in report.violations + undecided] == []
        assert {"color-contrast", "target-size", "region", "heading-order"} <= report.passed  # these rules were applied


def is_unchecked(issue: Issue) -> bool:
    return not any(re.match(pattern, str(issue)) for pattern in CHECKED)


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("document.querySelector('canvas').removeAttribute('aria-label')", "role-img-alt"),
        ("document.querySelector('.tagline').style.color = '#ddd'", "color-contrast"),
        ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
        ("document.querySelector('h1').remove()", "page-has-heading-one"),
    ],
)
def test_axe_finds_injected_faults(page: Page, fault: str, rule: str) -> None:
    page.evaluate(fault)
    assert rule in {issue.rule for issue in axe(page).violations}
