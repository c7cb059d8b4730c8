"""Messages of failed deployments, regions that are not supported, and the warning of low concurrency."""

from types import SimpleNamespace
from typing import Any

import pytest

from deploy import diagnosis, settings, stack
from deploy.preflight import Account
from tests.integration.deploy.conftest import Run
from tests.support.deploy.cloud import ACCOUNT, REGION, Cloud

CLOUDFRONT = (
    "Access denied for operation 'AWS::CloudFront::Distribution: Your account must "
    "be verified before you can add new CloudFront resources. To verify your account, please contact AWS Support"
)


def event(name: str, status: str, reason: str) -> dict[str, str]:
    return {"LogicalResourceId": name, "ResourceStatus": status, "ResourceStatusReason": reason}


def account(events: list[dict[str, str]], limit: int = 1000) -> Account:
    """Return an account with these events of the stack, newest first, and this limit of concurrency."""
    pages = SimpleNamespace(paginate=lambda **_: [{"StackEvents": events}])
    client = SimpleNamespace(
        get_paginator=lambda _: pages,
        get_account_settings=lambda: {"AccountLimit": {"ConcurrentExecutions": limit}},
    )
    session: Any = SimpleNamespace(client=lambda *_, **__: client)
    return Account(ACCOUNT, REGION, session)


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        (CLOUDFRONT, "AWS has to verify a new account before its first CloudFront distribution: open a case"),
        (
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            "below its minimum value of [10].",
            "deploy with ReservedConcurrency=0",
        ),
        (
            "User: arn:aws:sts::1:assumed-role/x is not authorized to perform: iam:CreateRole on resource: y because "
            "no permissions boundary allows the iam:CreateRole action",
            "A policy of your organization denies it",
        ),
        (
            "User: arn:aws:sts::1:assumed-role/x is not authorized to perform: apigateway:TagResource on resource: y",
            "update the role of .github/role.yaml",
        ),
        ("One or more of the CNAMEs you provided are already associated with a different resource", "remove it there"),
        ("An origin access control with this name already exists", "deploy under another name"),
    ],
)
def test_known_reason_has_advice(reason: str, advice: str) -> None:
    events = [
        event("Log", "CREATE_FAILED", "Resource creation cancelled"),
        event("Site", "CREATE_FAILED", reason),
        event("digits", "CREATE_IN_PROGRESS", "User Initiated"),
        event("Old", "CREATE_FAILED", "of an earlier deployment"),
    ]
    first, second = diagnosis.explain_failure(account(events), "digits").splitlines()
    assert first == f"Site: {reason}"
    assert advice in second


def test_unknown_reason_is_printed_alone() -> None:
    events = [event("Site", "UPDATE_FAILED", "Internal Failure")]
    assert diagnosis.explain_failure(account(events), "digits") == "Site: Internal Failure"


def test_failed_deployment_prints_reasons(
    aws: Cloud, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    aws.prepare()
    monkeypatch.setattr(stack, "explain_failure", lambda *_: "Site: not verified")
    (tmp_path / "template.yaml").write_text("Resources: {}")
    assert run("--built", str(tmp_path / "template.yaml")) == 1
    output = capfd.readouterr().err
    assert "Site: not verified\nThe stack digits was not deployed, and CloudFormation rolls back" in output


@pytest.mark.parametrize(("limit", "warned"), [(10, True), (100, False)])
def test_new_account_is_warned_of_low_concurrency(limit: int, warned: bool, capsys: pytest.CaptureFixture[str]) -> None:
    diagnosis.warn_of_low_concurrency(account([], limit), int(settings.default("ThrottleBurst")))
    output = capsys.readouterr().err
    assert ("This account runs 10 requests at once, and ThrottleBurst lets 100 through" in output) == warned
    assert ("until then deploy with ThrottleBurst=10." in output) == warned


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_other_partition_is_refused(
    region: str, aws: Cloud, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    assert run() == 1
    assert capfd.readouterr().err.startswith(f"{region} is not supported: GovCloud has no CloudFront")
