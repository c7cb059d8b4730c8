"""Lighthouse audit of every page: scores, and every audit that did not pass in full.

`python -m tests.support.audits lighthouse` audits the pages served by serve.py, as a phone and as a desktop. Lighthouse
loads a page in its own Chromium and simulates a slower connection and processor: 1.6 Mbit/s and a quarter of the speed
for the phone, 10 Mbit/s and full speed for the desktop.
"""

import argparse
import json
import os
from dataclasses import dataclass
from itertools import product
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from command_line import CommandError, site_url
from results_console import print_results
from supply.npm.packages import node, package
from tests.support.browser.chromium import ARGUMENTS, executable
from tests.support.site import site

HELP = "compute Lighthouse's scores of every page"
PAGES = {"page": "/", "report": "/report.html", "serving": "/serving.html"}
FORMS = ("mobile", "desktop")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
MAX_ATTEMPTS = 3  # on a busy machine a trace sometimes lacks its start (NO_NAVSTART)
TIMEOUT = 120  # seconds; an audit takes a tenth of that


@dataclass(frozen=True)
class Issue:
    """An audit that did not pass in full."""

    name: str
    score: float  # 0..1, below 1
    value: str  # Lighthouse's displayValue; may be empty
    counts: bool  # toward the score of a category; otherwise advice

    def __str__(self) -> str:
        return f"{self.name} {self.score:.2f} {self.value}".rstrip() + ("" if self.counts else " (advice)")


@dataclass(frozen=True)
class Report:
    """Lighthouse's result for one page."""

    scores: dict[str, int]  # 0..100 by category
    issues: list[Issue]
    warnings: list[str]  # reasons to doubt the audit


def audit(url: str, form: str) -> Report:
    """Audit a page as a "mobile" or "desktop" `form`. Raises RuntimeError when every attempt fails."""
    chrome = executable()
    if chrome is None:
        raise FileNotFoundError("There is no Chromium on this machine: apt-get install chromium")
    for _ in range(MAX_ATTEMPTS):
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
            timeout=TIMEOUT,
        )
        if done.returncode == 0:
            return read(json.loads(done.stdout))
    raise RuntimeError(f"Lighthouse failed on {url}: {done.stderr.strip()[-500:]}")


def read(report: dict[str, Any]) -> Report:
    """Parse Lighthouse's JSON report."""
    counted = {
        ref["id"] for category in report["categories"].values() for ref in category["auditRefs"] if ref["weight"]
    }
    return Report(
        scores={name: round(100 * (category["score"] or 0)) for name, category in report["categories"].items()},
        issues=[
            Issue(name, entry["score"], entry.get("displayValue", ""), name in counted)
            for name, entry in report["audits"].items()
            if entry["score"] is not None and entry["score"] < 1
        ],
        warnings=report["runWarnings"],
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", type=site_url, help="of a running site, such as your own (default: serve.py)")


def command(arguments: argparse.Namespace) -> None:
    """Audit a running site, or the pages that serve.py serves."""
    try:
        if arguments.url:
            return show(arguments.url)
        with site() as served:
            show(served)
    except RuntimeError as error:
        raise CommandError(" ".join(str(error).split())) from None


def show(url: str) -> None:
    """Print the scores of every page, and the audits that lower them."""
    table = Table("page", "as", *CATEGORIES)
    issues = Table("page", "as", "audit", "score", "value", "counts")
    for page, form in track(list(product(PAGES, FORMS)), "Auditing", console=Console(stderr=True)):
        report = audit(url + PAGES[page], form)
        table.add_row(page, form, *(str(report.scores[category]) for category in CATEGORIES))
        for issue in report.issues:
            counts = "yes" if issue.counts else "advice"
            issues.add_row(page, form, issue.name, f"{issue.score:.2f}", issue.value, counts)
        for warning in report.warnings:
            issues.add_row(page, form, "warning", "", warning, "")
    print_results(table, issues)
