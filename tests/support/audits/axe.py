"""Accessibility audit of every page with axe: WCAG 2.2 AA and best practices.

`python -m tests.support.audits axe` brings the pages into every state of STATES, in both themes, on a phone and on a
wide screen, and prints axe's violations, and what it cannot decide (`incomplete`).
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from playwright.sync_api import Browser, Page, expect
from rich.console import Console
from rich.progress import track
from rich.table import Table

from results_console import print_results
from supply.npm.packages import package
from tests.support.browser.chromium import chromium
from tests.support.browser.confusion_matrices import cell, expect_digits
from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.page_state import disable_auto_predict, expect_status
from tests.support.site import site

type Theme = Literal["light", "dark"]
type Step = Callable[[Page], object]

THEMES: Sequence[Theme] = ("light", "dark")
WIDTHS = (360, 1440)
HELP = "examine accessibility in every state of the pages"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]


@dataclass(frozen=True)
class Issue:
    """An element that violates a rule, or that axe cannot decide."""

    rule: str
    element: str  # a selector
    reason: str  # axe's own

    def __str__(self) -> str:
        return f"{self.rule}: {self.element}: {self.reason}"


@dataclass(frozen=True)
class Report:
    violations: list[Issue]
    incomplete: list[Issue]
    passed: frozenset[str]  # rules


def predicted(page: Page) -> None:
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")


def draw_seven(page: Page) -> None:
    """Draw without requesting a prediction."""
    disable_auto_predict(page)
    draw(page, SEVEN)
    expect_status(page, "Press Predict to get an answer.")


def predicted_by(choice: str) -> Step:
    def step(page: Page) -> None:
        page.get_by_role("radio", name=choice).check()
        expect(page.locator("#status")).to_contain_text("says 7")

    return step


def disagreeing(page: Page) -> None:
    """Let the models disagree, both with low confidence, on a picture that is not one digit."""
    probabilities = {"tree": [0.0, 0.5, *[0.0] * 5, 0.4, 0.1, 0.0], "mlp": [0.0, 0.4, *[0.0] * 5, 0.6, 0.0, 0.0]}
    predictions = [
        {"model": model, "version": "1", "digit": each.index(max(each)), "probabilities": each}
        for model, each in probabilities.items()
    ]
    response: dict[str, object] = {
        "input": "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=",
        "predictions": predictions,
    }
    response |= {"is_digit": False, "reason": "not_a_digit"}
    page.route("**/api/compare*", lambda route: route.fulfill(json=response))
    draw(page, SEVEN)
    expect(page.locator("#status")).to_contain_text("They disagree")


def stale(page: Page) -> None:
    disable_auto_predict(page)
    draw(page, [[(0.2, 0.9), (0.8, 0.9)]])
    expect(page.locator("#prediction")).to_have_class("stale")


def slow(page: Page) -> None:
    never = {"offline": False, "latency": 600_000, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", never)
    draw(page, SEVEN)
    expect(page.locator("#status")).to_contain_text("Waking up the server")


def failed(page: Page) -> None:
    page.route("**/api/*", lambda route: route.fulfill(status=502))
    draw(page, SEVEN)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def offline(page: Page) -> None:
    page.context.set_offline(True)
    draw(page, SEVEN)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def saved(page: Page) -> None:
    page.get_by_text("Use offline").click()
    page.locator("#offline-button").click()
    expect(page.locator("#offline p")).to_contain_text("are saved")


def predicted_offline(page: Page) -> None:
    """Make the server unreachable, and predict with the saved models."""
    page.route("**/api/*", lambda route: route.abort())
    draw(page, SEVEN)
    expect(page.locator("#detail")).to_contain_text("Answered in your browser")


def in_portuguese(page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'languages', { get: () => ['pt-BR'] })")
    page.reload()
    draw(page, SEVEN)
    expect_status(page, "Os dois modelos dizem 7.")


def explained(page: Page) -> None:
    page.locator("#explain").click()
    for name in ("decision tree", "neural network"):
        expect(page.get_by_role("heading", name=f"Why the {name} says 7")).to_be_visible()


def report(page: Page) -> None:
    page.goto(f"{page.url}report.html", wait_until="networkidle")


def serving(page: Page) -> None:
    page.goto(f"{page.url}serving.html", wait_until="networkidle")


def cell_selected(page: Page) -> None:
    cell(page, "mlp", 4, 9).click()
    expect_digits(page)


def all_open(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")


def chosen_theme(page: Page) -> None:
    """Choose a theme; the system's theme, which `examine` changes, then has no effect."""
    page.locator("#theme").select_option("dark")


STATES: dict[str, Sequence[Step]] = {
    "blank": [],
    "drawn": [draw_seven],
    "both": [predicted],
    "tree": [predicted, predicted_by("Decision tree")],
    "mlp": [predicted, predicted_by("Neural network")],
    "dark": [predicted, chosen_theme],
    "disagreeing": [disagreeing],
    "stale": [predicted, stale],
    "slow": [slow],
    "error": [failed],
    "offline": [offline],
    "offline-prediction": [saved, predicted_offline],
    "portuguese": [in_portuguese, all_open],
    "explanation": [predicted, explained, all_open],
    "report": [report, all_open],
    "report-cell": [report, cell_selected],
    "serving": [serving, all_open],
}


def examine(browser: Browser, url: str, state: str) -> Iterator[tuple[Theme, int, Report]]:
    """Open the page in a new window, bring it into a state, and run axe in each theme and width."""
    context = browser.new_context(
        reduced_motion="reduce",  # contrast cannot be measured during a color transition
        service_workers="block",  # a service worker would bypass page.route
    )
    try:
        page = context.new_page()
        page.goto(url)
        for step in STATES[state]:
            step(page)
        for theme, width in product(THEMES, WIDTHS):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 800})
            yield theme, width, axe(page)
    finally:
        context.close()


def axe(page: Page) -> Report:
    """Run axe on the page as it is."""
    if not page.evaluate("() => 'axe' in globalThis"):
        page.evaluate(package("axe-core/axe.min.js").read_text())
    result = page.evaluate(RUN, RULES)
    return Report(
        violations=[Issue(*issue) for issue in result["violations"]],
        incomplete=[Issue(*issue) for issue in result["incomplete"]],
        passed=frozenset(result["passed"]),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    choices = f"of: {', '.join(STATES)} (default: all)"
    parser.add_argument("states", nargs="*", type=_state, default=list(STATES), metavar="STATE", help=choices)


def _state(text: str) -> str:
    if text not in STATES:
        raise argparse.ArgumentTypeError(f"there is no state {text!r}: choose of {', '.join(STATES)}")
    return text


def command(arguments: argparse.Namespace) -> None:
    """Examine the given states of the pages that serve.py serves, and print the results."""
    table = Table("state", "theme", "width", "violations", "incomplete", "rules passed")
    elements: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    with site() as url, chromium() as browser:
        for state in track(arguments.states, "Examining", console=Console(stderr=True)):
            for theme, width, result in examine(browser, url, state):
                counts = (len(result.violations), len(result.incomplete), len(result.passed))
                table.add_row(state, theme, str(width), *map(str, counts))
                for kind, issues in (("violation", result.violations), ("incomplete", result.incomplete)):
                    for issue in issues:
                        where = f"{issue.element} ({state}, {theme}, {width})"
                        elements[kind, issue.rule, issue.reason].append(where)
    print_results(table)
    for (kind, rule, reason), places in sorted(elements.items(), reverse=True):
        print(f"{kind} {rule}: {reason}\n  {len(places)} times, such as {places[0]}")


# By default axe leaves undecided: text of one character, content that is laid out only when scrolled to, and elements
# under the cropped parts of a sprite. The options and styles below let it decide all three.
RUN = """async (tags) => {
  const contrast = {
    ignoreLength: true,
    ignoreUnicode: false,
    boldValue: 700,
    boldTextPt: 14,
    largeTextPt: 18,
    contrastRatio: { normal: { expected: 4.5 }, large: { expected: 3 } },
    pseudoSizeThreshold: 0.25,
    shadowOutlineEmMax: 0.2,
    textStrokeEmMin: 0.03,
  };
  for (const element of document.querySelectorAll("body *")) {
    if (getComputedStyle(element).contentVisibility === "auto") element.style.contentVisibility = "visible";
  }
  for (const image of document.querySelectorAll("svg image")) image.style.visibility = "hidden";
  const options = {
    runOnly: { type: "tag", values: tags },
    checks: { "color-contrast": { options: contrast } },
    rules: { "target-size": { enabled: true } }, // off by default, whatever the tags
    resultTypes: ["violations", "incomplete"],
  };
  const { violations, incomplete, passes } = await axe.run(document, options);
  const findings = (rules) => rules.flatMap(({ id, nodes }) => nodes.map(({ target, any, all, none }) =>
    [id, target.join(" "), [...any, ...all, ...none].map((check) => check.message).join(" ")]));
  return { violations: findings(violations), incomplete: findings(incomplete), passed: passes.map(({ id }) => id) };
}"""
