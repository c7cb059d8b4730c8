"""AWS Lambda handler: HTTP events by Mangum, warm-up pings, and a warning with a plain answer for any other event.

Mangum raises for an event that is not HTTP: Lambda would count an error, which sets off ErrorsAlarm, and try again.
"""

import logging
from typing import Any, Protocol

from mangum import Mangum
from mangum.types import ASGI, LambdaContext

from digits.errors import ModelUnavailable

PING_SOURCES = ("serverless-plugin-warmup", "aws.events", "aws.scheduler")  # the last two: EventBridge's schedules
UNREADABLE = (RuntimeError, LookupError, TypeError, ValueError, AttributeError)  # what Mangum raises for an event
ADVICE = (
    "Remove the trigger that sends it, or invoke the function by API Gateway, a function URL, a load balancer or "
    "Lambda@Edge; {} warms it up"
)

type Answer = dict[str, Any]

logger = logging.getLogger("digits")


class Registry(Protocol):
    """What a ping needs of the models."""

    def check(self) -> object:
        """Load every model and let each answer once. Raises ModelUnavailable."""


class LambdaHandler(Mangum):
    """Mangum for the application that also answers events that are not HTTP."""

    def __init__(self, app: ASGI, registry: Registry, **options: Any) -> None:
        super().__init__(app, **options)
        self.registry = registry

    def __call__(self, event: Any, context: LambdaContext) -> Answer:
        if is_ping(event):
            return self.warm_up()
        try:
            return super().__call__(event, context)  # it logs the application's own exceptions, and answers 500
        except UNREADABLE:
            return reject(event)

    def warm_up(self) -> Answer:
        """Load every model. Returns whether all of them can be served."""
        try:
            self.registry.check()
        except ModelUnavailable as error:
            logger.warning("Warm-up: %s", error)
            return {"warm": False, "reason": str(error)}
        return {"warm": True}


def is_ping(event: Any) -> bool:
    """Whether an event asks only for a warm function: {}, two plugins, or a schedule of EventBridge."""
    return isinstance(event, dict) and (not event or event.get("warmer") is True or event.get("source") in PING_SOURCES)


def reject(event: Any) -> Answer:
    """Log and return what kind of event cannot be answered, without its values, and what to do."""
    error = f"The function answers HTTP, and this event is {kind(event)}. {ADVICE}."
    logger.warning(error)
    return {"error": error}


def kind(event: Any) -> str:
    match event:
        case {"requestContext": {"connectionId": _}}:
            return "a WebSocket event of API Gateway"
        case {"requestContext": _} | {"Records": [{"cf": _}, *_]}:
            return "an HTTP event with a part missing or of another type; tests/events has samples"
        case {"Records": [{"eventSource": str(source)} | {"EventSource": str(source)}, *_]}:
            return f"a batch of records of {source}"
        case {"source": str(source), "detail-type": _}:
            return f"an EventBridge event of {source}"
        case dict():
            return "a JSON object without requestContext"
        case None:
            return "null"
    return f"JSON of the type {type(event).__name__}"
