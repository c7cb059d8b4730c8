"""Coroutines without an event loop."""

from collections.abc import Coroutine
from typing import Any


def run[Result](coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that waits for nothing. asyncio.run would be slower, and leave Mangum's event loop unclosed."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: Result = stop.value
        return result
    raise AssertionError("The coroutine waits for something. Run it in an event loop instead.")
