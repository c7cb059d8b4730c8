"""Coroutines without an event loop."""

from collections.abc import Coroutine
from typing import Any


def run[Result](coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that never waits. asyncio.run would be slower, and leave Mangum's event loop open."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: Result = stop.value
        return result
    raise AssertionError("The coroutine waits: run it in an event loop.")
