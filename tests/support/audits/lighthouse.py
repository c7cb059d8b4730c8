"""A page's address comes in; Lighthouse's scores go out, and every audit that found something.

`python -m tests.support.audits.lighthouse` audits both pages, served by serve.py, as a phone and as a desktop see them.
Lighthouse loads a page in a Chromium of its own and reckons what the load had taken on a slower line and processor
than this one's: 1.6 Mbit/s and a quarter of the speed for the phone, 10 Mbit/s and this processor for the desktop.
"""

import argparse
import json
import os
from dataclasses import dataclass
from itertools import product
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Column, Table

from supply.npm import node, package
from tests.support.browser.chromium import ARGUMENTS, executable
from tests.support.site import site

PAGES = {"page": "/", "report": "/report.html"}
FORMS = ("mobile", "desktop")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TRIES = 3  # a busy machine now and then loses the start of a trace (NO_NAVSTART), and Lighthouse asks to run again
PATIENCE = 120  # seconds; an audit takes a tenth of that


@dataclass(frozen=True)
class Finding:
    """An audit that is not passed in full."""

    name: str
    score: float  # 0..1, below 1
    value: str  # as Lighthouse words it; may be empty
    counts: bool  # towards the score of a category; the others advise

    def __str__(self) -> str:
        return f"{self.name} {self.score:.2f} {self.value}".rstrip() + ("" if self.counts else " (advice)")


@dataclass(frozen=True)
class Verdict:
    """What Lighthouse says of one page."""

    scores: dict[str, int]  # 0..100 by category
    findings: list[Finding]
    warnings: list[str]  # what may have spoilt the audit


def audit(url: str, form: str) -> Verdict:
    """Audit a page as a phone or a desktop (`form`) sees it. Raises RuntimeError where Lighthouse gives up."""
    chrome = executable()
    if chrome is None:
        raise FileNotFoundError("There is no Chromium on this machine: apt-get install chromium")
    for _ in range(TRIES):
        done = node(
            package("lighthouse/cli/index.js"),
            url,
            "--output=json",
            "--quiet",
            "--no-enable-error-reporting",
            "--disable-full-page-screenshot",
            f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags={' '.join(['--headless=new', *ARGUMENTS])}",
            *(["--preset=desktop"] if form == "desktop" else []),
            env={**os.environ, "CHROME_PATH": chrome},
            capture_output=True,
            timeout=PATIENCE,
        )
        if done.returncode == 0:
            return read(json.loads(done.stdout))
    raise RuntimeError(f"Lighthouse gave up on {url}: {done.stderr.strip()[-500:]}")


def read(report: dict[str, Any]) -> Verdict:
    """Read Lighthouse's own report."""
    counted = {
        ref["id"] for category in report["categories"].values() for ref in category["auditRefs"] if ref["weight"]
    }
    return Verdict(
        scores={name: round(100 * (category["score"] or 0)) for name, category in report["categories"].items()},
        findings=[
            Finding(name, found["score"], found.get("displayValue", ""), name in counted)
            for name, found in report["audits"].items()
            if found["score"] is not None and found["score"] < 1
        ],
        warnings=report["runWarnings"],
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.audits.lighthouse", description=__doc__)
    parser.add_argument("--url", help="of a site that is served already, such as your own (default: serve.py)")
    url = parser.parse_args().url
    if url:
        return show(url.rstrip("/"))
    with site() as served:
        show(served)


def show(url: str) -> None:
    """Print the scores of every page, and what keeps them from being better."""
    console = Console()
    table = Table("page", "as", *CATEGORIES)
    findings = Table("page", "as", Column("audit", overflow="fold"), "score", "says", "counts")
    for page, form in track(list(product(PAGES, FORMS)), "Auditing", console=Console(stderr=True)):
        found = audit(url + PAGES[page], form)
        table.add_row(page, form, *(str(found.scores[category]) for category in CATEGORIES))
        for finding in found.findings:
            counts = "yes" if finding.counts else "advice"
            findings.add_row(page, form, finding.name, f"{finding.score:.2f}", finding.value, counts)
        for warning in found.warnings:
            findings.add_row(page, form, "warning", "", warning, "")
    console.print(table, findings)


if __name__ == "__main__":
    main()
