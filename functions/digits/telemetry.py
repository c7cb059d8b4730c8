"""What a request went through comes in; its milliseconds go out, as a `Server-Timing` header and in one line of log.

The line is a record of the standard logging module whose fields Lambda's JSON log format writes beside the message:
CloudWatch makes metrics of them (template.yaml). It holds nothing of the drawing and nothing of who sent it.
"""

import logging
from collections.abc import Callable
from time import perf_counter

from starlette.requests import Request
from starlette.types import Scope

logger = logging.getLogger("digits")
logging.logAsyncioTasks = False  # type: ignore[attr-defined]  # each record would have the name of a task


def begin(scope: Scope, request_id: str) -> None:
    """Prepare the scope of a request for what follows."""
    scope["request_id"], scope["milliseconds"] = request_id, {}


def timed[*Arguments, Result](
    request: Request, step: str, function: Callable[[*Arguments], Result], *arguments: *Arguments
) -> Result:
    """Call the function, and add the milliseconds that it takes to those of the step, whether or not it raises."""
    start = perf_counter()
    try:
        return function(*arguments)
    finally:
        milliseconds = request.scope["milliseconds"]
        milliseconds[step] = milliseconds.get(step, 0) + (perf_counter() - start) * 1000


def server_timing(scope: Scope) -> str:
    """Write the milliseconds as the header has them: https://www.w3.org/TR/server-timing/"""
    return ", ".join(f"{step};dur={milliseconds:.3f}" for step, milliseconds in scope["milliseconds"].items())


def log(scope: Scope, status: int) -> None:
    """Write the line of one request."""
    if not logger.isEnabledFor(logging.INFO):
        return
    route = getattr(scope.get("endpoint"), "path", None)  # as the documentation names it: a path may say anything
    fields = {
        "requestId": scope["request_id"],
        "route": route,
        "model": scope.get("model"),
        "status": status,
        "milliseconds": {step: round(spent, 3) for step, spent in scope["milliseconds"].items()},
    }
    logger.info("%s %s %s", scope["method"], route or "no route", status, extra=fields)
