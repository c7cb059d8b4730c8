"""Milliseconds of each step of a request, for the Server-Timing header and the log."""

from collections.abc import Callable
from time import perf_counter

from starlette.requests import Request
from starlette.types import Scope


def timed[*Arguments, Result](
    request: Request, step: str, function: Callable[[*Arguments], Result], *arguments: *Arguments
) -> Result:
    """Call the function and add its milliseconds to those of the step, whether or not it raises."""
    start = perf_counter()
    try:
        return function(*arguments)
    finally:
        milliseconds = request.scope["milliseconds"]
        milliseconds[step] = milliseconds.get(step, 0) + (perf_counter() - start) * 1000


def server_timing(scope: Scope) -> str:
    """Return the value of the Server-Timing header: https://www.w3.org/TR/server-timing/"""
    return ", ".join(f"{step};dur={milliseconds:.3f}" for step, milliseconds in scope["milliseconds"].items())
