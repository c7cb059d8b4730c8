"""A tab of an engine that Playwright does not drive here, and what tests do in it."""

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from tests.support.browser.drawing import Stroke

TIMEOUT = 60  # seconds for a command and for a condition; the test machine is small and busy


class Tab(ABC):
    """A tab with cookies, storage and caches of its own."""

    @abstractmethod
    def go(self, url: str) -> None:
        """Load a page, and wait until it is complete."""

    @abstractmethod
    def evaluate(self, expression: str) -> Any:
        """Evaluate JavaScript, and wait for a promise. Returns a string, number, boolean or None."""

    @abstractmethod
    def perform(self, actions: Sequence[dict[str, Any]]) -> None:
        """Perform input actions of WebDriver (W3C): one entry for each device."""

    def wait(self, condition: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + TIMEOUT
        while not self.evaluate(condition):
            assert time.monotonic() < end, f"{condition}: {self.evaluate('document.body.innerText')}"
            time.sleep(0.05)

    def wait_for_text(self, selector: str, text: str) -> None:
        self.wait(f"(document.querySelector({selector!r})?.textContent ?? '').includes({text!r})")

    def draw(self, strokes: Sequence[Stroke]) -> None:
        """Draw on the canvas with the mouse."""
        box = "document.querySelector('canvas').getBoundingClientRect()"
        left, top, side = (self.evaluate(f"{box}.{name}") for name in ("left", "top", "width"))
        actions: list[dict[str, Any]] = []
        for stroke in strokes:
            for index, (x, y) in enumerate(stroke):
                actions.append({"type": "pointerMove", "x": round(left + x * side), "y": round(top + y * side)})
                actions += [{"type": "pointerDown", "button": 0}] if index == 0 else []
            actions.append({"type": "pointerUp", "button": 0})
        self.perform([{"type": "pointer", "id": "mouse", "actions": actions}])
