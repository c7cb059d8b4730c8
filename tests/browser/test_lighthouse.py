"""Both pages, judged by Lighthouse: nothing to improve for everyone's access, good practice and search, and fast."""

import pytest

from supply import npm
from tests.support.audits.lighthouse import FORMS, PAGES, audit, read
from tests.support.require import require

PERFECT = ("accessibility", "best-practices", "seo")  # they depend on the page alone
FAST = 95  # performance also depends on the machine, and CI's is small and busy: `make audit` tells the true figure
TRIES = 3  # for the same reason the best of so many counts; most often the first is enough


@pytest.fixture(scope="module", autouse=True)
def lighthouse() -> None:
    require(npm.is_installed(), "Lighthouse is not installed", "make test")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("page", PAGES)
def test_lighthouse_finds_nothing_that_counts(site: str, page: str, form: str) -> None:
    for _ in range(TRIES):
        found = audit(site + PAGES[page], form)
        if found.scores["performance"] >= FAST:
            break
    findings = [str(finding) for finding in found.findings if finding.counts]
    assert {category: found.scores[category] for category in PERFECT} == dict.fromkeys(PERFECT, 100), findings
    assert found.scores["performance"] >= FAST, findings


def test_what_counts_is_told_from_advice() -> None:
    found = read(
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
    assert found.scores == {"seo": 91}
    assert [str(finding) for finding in found.findings] == ["a 0.50 1 s", "b 0.00 (advice)"]
    assert found.warnings == ["slow"]
