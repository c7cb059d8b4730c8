"""Lambda events: HTTP events of every source, base paths, pings, and events that are not HTTP."""

import copy
import json
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from digits.app import app
from digits.errors import ModelUnavailable
from digits.http.base_path import BasePathMiddleware
from digits.lambda_handler import LambdaHandler
from tests.events import EVENTS, SEVEN, Event, post
from tests.events.sources import SOURCES
from tests.support.pictures import data_url

CONTEXT = cast(Any, SimpleNamespace(aws_request_id="c0ffee"))
BODY = json.dumps({"drawing_data": data_url(SEVEN)})
WEBSOCKET = {
    "requestContext": {
        "routeKey": "$default",
        "eventType": "MESSAGE",
        "connectionId": "R1kmxc2VNjMCFIA=",
        "stage": "prod",
        "requestId": "R1knPH17NjMFftw=",
    },
    "body": "{}",
    "isBase64Encoded": False,
}
OTHER_EVENTS = [
    ({"Records": [{"messageId": "1", "body": "{}", "eventSource": "aws:sqs"}]}, "records of aws:sqs"),
    ({"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "7.png"}}}]}, "records of aws:s3"),
    ({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "7"}}]}, "records of aws:sns"),
    ({"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {"Keys": {}}}]}, "records of aws:dynamodb"),
    ({"source": "aws.ec2", "detail-type": "State change", "detail": {}}, "an EventBridge event of aws.ec2"),
    (WEBSOCKET, "a WebSocket event of API Gateway"),
    ({**WEBSOCKET, "resource": "/", "version": "1.0"}, "a WebSocket event of API Gateway"),
    ({"drawing_data": data_url(SEVEN)}, "a JSON object without requestContext"),
    ({"warmer": False}, "a JSON object without requestContext"),
    ({"source": ["aws.events"]}, "a JSON object without requestContext"),
    ({"Records": []}, "a JSON object without requestContext"),
    ({"Records": 7}, "a JSON object without requestContext"),
    ([{"warmer": True}], "JSON of the type list"),
    ("requestContext version", "JSON of the type str"),
    (7, "JSON of the type int"),
    (False, "JSON of the type bool"),
    (None, "null"),
]


MALFORMED_EVENTS: dict[str, Event] = {
    "requestContext null": {**post("/api/compare"), "requestContext": None},
    "requestContext empty": {**post("/api/compare"), "requestContext": {}},
    "version unknown": {**post("/api/compare"), "version": 2},
    "headers a list": {**post("/api/compare"), "headers": []},
    "header a number": {**post("/api/compare"), "headers": {"content-length": 7}},
    "host with two ports": {**post("/api/compare"), "headers": {"host": "a:1:2"}},
    "body a number": {**post("/api/compare"), "body": 7},
    "body not base64": {**post("/api/compare"), "body": "7", "isBase64Encoded": True},
    "path missing": {"version": "1.0", "resource": "/", "requestContext": {}},
    "load balancer without a path": {"requestContext": {"elb": {}}},
    "Lambda@Edge without a request": {"Records": [{"cf": {}}]},
}


class StubRegistry:
    """Registry that counts checks and may fail."""

    def __init__(self, error: str = "") -> None:
        self.error, self.checks = error, 0

    def check(self) -> None:
        self.checks += 1
        if self.error:
            raise ModelUnavailable(self.error)


def create_handler(registry: StubRegistry) -> LambdaHandler:
    text = [*DEFAULT_TEXT_MIME_TYPES, "application/problem+json"]
    return LambdaHandler(BasePathMiddleware(app), registry, lifespan="off", text_mime_types=text)


@pytest.fixture(name="handler")
def _handler() -> LambdaHandler:
    return create_handler(StubRegistry())


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int, str]]:
    return [record for record in caplog.record_tuples if record[1] > logging.INFO]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"source": "serverless-plugin-warmup"},
        {"warmer": True},
        {"warmer": True, "concurrency": 3},
        {"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "resources": [], "detail": {}},
        {"version": "0", "detail-type": "Scheduled Event", "source": "aws.scheduler", "detail": "{}"},
    ],
    ids=str,
)
def test_ping_loads_the_models(event: Event, caplog: pytest.LogCaptureFixture) -> None:
    registry = StubRegistry()
    assert (create_handler(registry)(event, CONTEXT), registry.checks, logged(caplog)) == ({"warm": True}, 1, [])


def test_ping_with_a_damaged_model_returns_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    result = create_handler(StubRegistry("models/tree.onnx is damaged"))({}, CONTEXT)
    assert result == {"warm": False, "reason": "models/tree.onnx is damaged"}
    assert logged(caplog) == [("digits", logging.WARNING, "Warm-up: models/tree.onnx is damaged")]


@pytest.mark.parametrize(("event", "kind"), OTHER_EVENTS, ids=[kind for _, kind in OTHER_EVENTS])
def test_event_that_is_not_http_returns_an_error_and_one_warning(
    event: Any, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    registry = StubRegistry()
    result = create_handler(registry)(event, CONTEXT)
    assert result["error"].startswith("The function handles HTTP events; this event is ")
    assert f"{kind}. Remove the trigger that sends it" in result["error"]
    assert (logged(caplog), registry.checks) == ([("digits", logging.WARNING, result["error"])], 0)


@pytest.mark.parametrize("name", MALFORMED_EVENTS)
def test_malformed_http_event_returns_an_error_and_one_warning(
    handler: LambdaHandler, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    result = handler(copy.deepcopy(MALFORMED_EVENTS[name]), CONTEXT)
    assert "an HTTP event with a field missing or of the wrong type" in result["error"]
    assert logged(caplog) == [("digits", logging.WARNING, result["error"])]


def test_exception_of_application_is_logged_as_error(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError("requestContext")

    result = LambdaHandler(broken, StubRegistry(), lifespan="off")(EVENTS["compare"], CONTEXT)
    assert (result["statusCode"], [level for _, level, _ in logged(caplog)]) == (500, [logging.ERROR])


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("base", ["", "/prod", "/digits/v1"])
def test_http_event_of_each_source_is_classified_as_seven(
    handler: LambdaHandler, source: str, base: str, caplog: pytest.LogCaptureFixture
) -> None:
    result = handler(SOURCES[source](f"{base}/api/predict/mlp", BODY), CONTEXT)
    assert result.get("statusCode", result.get("status")) == 200
    assert (json.loads(result["body"])["digit"], logged(caplog)) == (7, [])


def test_problem_is_not_base64_encoded(handler: LambdaHandler) -> None:
    result = handler(EVENTS["unknown_model"], CONTEXT)
    assert (result["statusCode"], result["isBase64Encoded"]) == (404, False)


async def echo_paths(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(f"{scope['root_path']} {Request(scope).url.path}")(scope, receive, send)


@pytest.mark.parametrize(
    ("path", "root_path"),
    [
        ("/api/models", ""),
        ("/api", ""),
        ("/prod/api", "/prod"),
        ("/prod/api/models", "/prod"),
        ("/prod/api/predict/", "/prod"),
        ("/predict/", ""),
        ("/predict_nn/", ""),
        ("/prod/predict/", "/prod"),
        ("/digits/v1/predict_nn/", "/digits/v1"),
        ("/prod/predict", ""),
        ("/prod/predict/x", ""),
        ("/digits/v1.2/api/models", "/digits/v1.2"),
        ("/api/x/api/models", ""),
        ("/a/api/b/api/c", "/a"),
        ("/prod/apis", ""),
        ("/prod/models", ""),
        ("/", ""),
        ("//evil.example/api/docs", ""),
        ("/%3Cscript%3E/api/docs", ""),
        ("/'+alert(1)+'/api/docs", ""),
        ("/prod/api%0A", ""),
    ],
)
def test_root_path_is_the_part_before_the_route(path: str, root_path: str) -> None:
    get: Callable[[str], Any] = TestClient(BasePathMiddleware(echo_paths)).get
    assert get(f"http://testserver{path}").text.split(" ")[0] == root_path


def test_path_keeps_base_path() -> None:
    assert TestClient(BasePathMiddleware(echo_paths)).get("/prod/api/models").text == "/prod /prod/api/models"


def test_base_path_middleware_forwards_lifespan() -> None:
    with TestClient(BasePathMiddleware(app=lifespan)):
        pass


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
