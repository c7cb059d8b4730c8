"""PreTraffic hook of template.yaml: its code against the application, and a failing version."""

import io
import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from digits.app import create_app, handler
from digits.lambda_handler import LambdaHandler
from tests.support.template import made, resource

EVENT = {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"}


class Clients:
    """Stands in for boto3: the function is `invoke`, and results for CodeDeploy are recorded."""

    def __init__(self, invoke: Any) -> None:
        self.function, self.results = invoke, list[dict[str, str]]()

    def client(self, service: str) -> Any:
        return {
            "lambda": SimpleNamespace(invoke=self.invoke),
            "codedeploy": SimpleNamespace(put_lifecycle_event_hook_execution_status=self.record),
        }[service]

    def invoke(self, FunctionName: str, Payload: str) -> dict[str, Any]:
        assert FunctionName == "arn:version"
        context = SimpleNamespace(aws_request_id="1")
        return {"Payload": io.BytesIO(json.dumps(self.function(json.loads(Payload), context)).encode())}

    def record(self, **result: str) -> None:
        self.results.append(result)


def run_hook(clients: Clients, monkeypatch: pytest.MonkeyPatch, secret: str = "") -> None:
    monkeypatch.setenv("VERSION", "arn:version")
    monkeypatch.setenv("ORIGIN_SECRET", secret)
    monkeypatch.setitem(sys.modules, "boto3", clients)
    namespace: dict[str, Any] = {}
    exec(resource("Hook")["Code"]["ZipFile"], namespace)
    namespace["handler"](EVENT, None)


def reported(status: str) -> list[dict[str, str]]:
    return [{"deploymentId": "d-1", "lifecycleEventHookExecutionId": "e-1", "status": status}]


def test_version_that_works_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients(handler)
    run_hook(clients, monkeypatch)
    assert clients.results == reported("Succeeded")


@pytest.mark.parametrize(("secret", "status"), [("a" * 32, "Succeeded"), ("", "Failed")])
def test_version_must_accept_secret_of_cloudfront(secret: str, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(origin_secrets=f"{'b' * 32},{'a' * 32}")
    clients = Clients(LambdaHandler(app, app.state.registry, lifespan="off"))
    run_hook(clients, monkeypatch, secret)
    assert clients.results == reported(status)


@pytest.mark.parametrize("path", ["/api/health", "/api/predict/mlp", "/api/predict/tree", "/api/unknown"])
def test_version_with_one_wrong_response_fails(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(event: Any, context: Any) -> Any:
        return {"errorMessage": "timed out"} if event["rawPath"] == path else handler(event, context)

    clients = Clients(broken)
    run_hook(clients, monkeypatch)
    assert clients.results == reported("Failed")


def test_version_that_cannot_be_invoked_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(event: Any, context: Any) -> Any:
        raise ValueError("no such version")

    clients = Clients(missing)
    with pytest.raises(ValueError, match="no such version"):
        run_hook(clients, monkeypatch)
    assert clients.results == reported("Failed")


@pytest.mark.slow
def test_hook_runs_before_traffic_moves() -> None:
    resources = made()
    policy = resources["DigitsFunctionAliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    assert policy["BeforeAllowTrafficHook"] == {"Ref": "Hook"}
    properties = resources["Hook"]["Properties"]
    assert properties["FunctionName"] == "CodeDeployHook_digits"
    (version,) = (name for name, each in resources.items() if each["Type"] == "AWS::Lambda::Version")
    assert properties["Environment"]["Variables"] == {"VERSION": {"Ref": version}, "ORIGIN_SECRET": ""}
    assert len(properties["Code"]["ZipFile"]) <= 4096  # characters, of inline code
