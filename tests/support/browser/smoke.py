"""Smoke test of an engine that Playwright does not drive here: draw, answer, explain, share, work offline."""

from typing import Protocol

from tests.support.browser.drawing import SEVEN
from tests.support.browser.tab import Tab
from tests.support.site import site

INSTALLED = "caches.keys().then((names) => Promise.all(names.map(async (n) => (await caches.open(n)).match('./'))))"


class Engine(Protocol):
    """A browser other than Chromium."""

    def open(self, url: str) -> Tab:
        """Open a page in a tab that shares no cookies, storage or caches with another."""
        ...


def check_answer_explanation_and_link(engine: Engine) -> None:
    """Draw a seven, wait for both answers and explanations, and open its link in another profile."""
    with site() as url:
        tab = engine.open(url)
        tab.draw(SEVEN)
        tab.wait_for_text("#status", "Both models say 7.")
        tab.evaluate("document.querySelector('#explain').click()")
        tab.wait_for_text("#explanation", "Why the decision tree says 7")
        tab.wait_for_text("#explanation", "Why the neural network says 7")
        link = share(tab)
        assert link.startswith(f"{url}/#strokes="), link
        friend = engine.open(link)
        friend.wait_for_text("#status", "Both models say 7.")
        assert share(friend) == link, "The link opens another drawing"


def share(tab: Tab) -> str:
    """Press the button that copies the drawing's link. Returns the link."""
    tab.evaluate("void (navigator.clipboard.writeText = async (text) => { globalThis.copied = text; })")
    tab.wait("document.querySelector('.play button')")
    tab.evaluate("document.querySelector('.play button').click()")
    tab.wait_for_text("#play", "Link copied.")
    return str(tab.evaluate("copied"))


def check_offline_answer(engine: Engine) -> None:
    """Visit the page, stop the server, open the page again and draw a seven."""
    with site() as url:
        tab = engine.open(url)
        tab.wait(f"{INSTALLED}.then((found) => found.some(Boolean))")
    tab.go(url)
    tab.wait_for_text("h1", "Draw a digit")
    tab.draw(SEVEN)
    tab.wait_for_text("#status", "The neural network says 7")
    tab.wait_for_text("#detail", "Answered in your browser, without the server.")
