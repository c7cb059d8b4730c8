"""AWS Lambda handler for HTTP events (Mangum), warm-up pings, and events that are not HTTP.

For an event that is not HTTP, Mangum raises an exception: Lambda would count an error, which triggers ErrorsAlarm, and
retry. This handler logs a warning and returns the error instead.
"""

import logging
from typing import Any, Protocol

from mangum import Mangum
from mangum.types import ASGI, LambdaContext

from digits.errors import ModelUnavailable

PING_SOURCES = ("serverless-plugin-warmup", "aws.events", "aws.scheduler")  # the last two: EventBridge schedules
EVENT_ERRORS = (RuntimeError, LookupError, TypeError, ValueError, AttributeError)  # raised by Mangum
ADVICE = (
    "Remove the trigger that sends it, or invoke the function through API Gateway, a function URL, a load balancer or "
    "Lambda@Edge; {} warms it up"
)

type Result = dict[str, Any]

logger = logging.getLogger("digits")


class Registry(Protocol):
    """Interface of the model registry that a ping needs."""

    def check(self) -> object:
        """Load every model and run each once. Raises ModelUnavailable."""


class LambdaHandler(Mangum):
    """Mangum that also handles events that are not HTTP."""

    def __init__(self, app: ASGI, registry: Registry, **options: Any) -> None:
        super().__init__(app, **options)
        self.registry = registry

    def __call__(self, event: Any, context: LambdaContext) -> Result:
        if is_ping(event):
            return self.warm_up()
        try:
            return super().__call__(event, context)  # logs the application's exceptions and returns 500
        except EVENT_ERRORS:
            return reject(event)

    def warm_up(self) -> Result:
        """Load every model. Returns whether all of them can be served, or the reason."""
        try:
            self.registry.check()
        except ModelUnavailable as error:
            logger.warning("Warm-up: %s", error)
            return {"warm": False, "reason": str(error)}
        return {"warm": True}


def is_ping(event: Any) -> bool:
    """Return whether an event is a warm-up ping: {}, an event of two plugins, or an EventBridge schedule."""
    return isinstance(event, dict) and (not event or event.get("warmer") is True or event.get("source") in PING_SOURCES)


def reject(event: Any) -> Result:
    """Log and return an error with the kind of the event, without its values, and what to do."""
    error = f"The function handles HTTP events; this event is {describe(event)}. {ADVICE}."
    logger.warning(error)
    return {"error": error}


def describe(event: Any) -> str:
    match event:
        case {"requestContext": {"connectionId": _}}:
            return "a WebSocket event of API Gateway"
        case {"requestContext": _} | {"Records": [{"cf": _}, *_]}:
            return "an HTTP event with a field missing or of the wrong type; tests/events has samples"
        case {"Records": [{"eventSource": str(source)} | {"EventSource": str(source)}, *_]}:
            return f"a batch of records of {source}"
        case {"source": str(source), "detail-type": _}:
            return f"an EventBridge event of {source}"
        case dict():
            return "a JSON object without requestContext"
        case None:
            return "null"
    return f"JSON of the type {type(event).__name__}"
