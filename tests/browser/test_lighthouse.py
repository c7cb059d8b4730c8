"""Lighthouse scores of every page: 100 in accessibility, best practices and SEO, and a minimum in performance."""

import pytest

from supply.npm import packages as npm
from tests.support.audits.lighthouse import FORMS, PAGES, audit, read
from tests.support.require import require

PERFECT = ("accessibility", "best-practices", "seo")  # independent of the machine
MIN_PERFORMANCE = 95  # also depends on the machine, and CI's is small and busy; `make audit` prints the score
MAX_ATTEMPTS = 3  # for the same reason

pytestmark = pytest.mark.serial


@pytest.fixture(scope="module", autouse=True)
def lighthouse() -> None:
    require(npm.is_installed(), "Lighthouse is not installed", "make test")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("page", PAGES)
def test_lighthouse_scores(site: str, page: str, form: str) -> None:
    for _ in range(MAX_ATTEMPTS):
        report = audit(site + PAGES[page], form)
        if report.scores["performance"] >= MIN_PERFORMANCE:
            break
    issues = [str(issue) for issue in report.issues if issue.counts]
    assert {category: report.scores[category] for category in PERFECT} == dict.fromkeys(PERFECT, 100), issues
    assert report.scores["performance"] >= MIN_PERFORMANCE, issues


def test_audits_without_weight_are_advice() -> None:
    report = read(
        {
            "categories": {"seo": {"score": 0.914, "auditRefs": [{"id": "a", "weight": 1}, {"id": "b", "weight": 0}]}},
            "audits": {
                "a": {"score": 0.5, "displayValue": "1 s"},
                "b": {"score": 0},
                "passed": {"score": 1},
                "not-applicable": {"score": None},
            },
            "runWarnings": ["slow"],
        }
    )
    assert report.scores == {"seo": 91}
    assert [str(issue) for issue in report.issues] == ["a 0.50 1 s", "b 0.00 (advice)"]
    assert report.warnings == ["slow"]
