"""IAM permissions of template.yaml: the reason for each, and its limits by moto's IAM policy evaluator."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.template import ACCOUNT, REGION, made

pytestmark = pytest.mark.slow  # the SAM transform takes seconds to import

URI = "s3://bucket/models"
LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/digits"
MODEL = "arn:aws:s3:::bucket/models/versions/0123456789ab/mlp.onnx"
ALLOWED = {  # principal, action: reason
    ("lambda.amazonaws.com", "sts:AssumeRole"): "Lambda runs the function as FunctionRole",
    ("FunctionRole", "logs:CreateLogStream"): "each execution environment writes its own stream",
    ("FunctionRole", "logs:PutLogEvents"): "the log line of each request, the source of the metrics",
    ("FunctionRole", "xray:PutTraceSegments"): "the requests that X-Ray samples, with Tracing=Active",
    ("FunctionRole", "xray:PutTelemetryRecords"): "X-Ray's sampling statistics",
    ("FunctionRole", "s3:GetObject"): "the pointer and the models below ModelUri, if it is set",
    ("HookRole", "logs:CreateLogStream"): "the hook writes into the function's log",
    ("HookRole", "logs:PutLogEvents"): "its result, with what failed",
    ("HookRole", "lambda:InvokeFunction"): "it sends requests to the new version",
    ("HookRole", "codedeploy:PutLifecycleEventHookExecutionStatus"): "it reports the result to CodeDeploy",
    ("codedeploy.amazonaws.com", "sts:AssumeRole"): "CodeDeploy moves the alias as RolloutRole",
    ("apigateway.amazonaws.com", "lambda:InvokeFunction"): "the API calls the alias",
    ("cloudfront.amazonaws.com", "s3:GetObject"): "CloudFront reads the page, only for this distribution",
    ("cloudfront.amazonaws.com", "s3:ListBucket"): "without it a missing file would be 403 instead of 404",
}
ROLLOUT = {  # actions of AWS's managed policy for CodeDeploy
    "cloudwatch:DescribeAlarms": "state of the alarms",
    "lambda:GetAlias": "the current version",
    "lambda:GetProvisionedConcurrencyConfig": "provisioned concurrency of the new version",
    "lambda:InvokeFunction": "the hook, by the prefix of its name: CodeDeployHook_",
    "lambda:UpdateAlias": "moves the alias to the new version, and back",
    "s3:GetObject": "deployment plan in a bucket: none here",
    "s3:GetObjectVersion": "the same",
}


def statements(resources: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the principal and each statement of a policy."""
    for name, each in resources.items():
        properties = each["Properties"]
        for own in properties.get("Policies", []):
            yield from ((name, statement) for statement in own["PolicyDocument"]["Statement"])
        for key in ("AssumeRolePolicyDocument", "PolicyDocument"):
            for statement in properties.get(key, {}).get("Statement", []):
                principal = statement["Principal"]
                yield principal if principal == "*" else principal["Service"], statement
        if each["Type"] == "AWS::Lambda::Permission":
            yield properties["Principal"], {"Effect": "Allow", "Action": properties["Action"]}


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def is_allowed(action: str, on: str, **given: Any) -> bool:
    """Return whether the function's role allows the action."""
    from moto.iam.access_control import IAMPolicy, PermissionResult  # takes seconds: not at collection

    role = made(**given)["FunctionRole"]["Properties"]
    (policy,) = role["Policies"]
    document = json.dumps(policy["PolicyDocument"]).replace('{"Fn::GetAtt": ["Log", "Arn"]}', f'"{LOG}:*"')
    return bool(IAMPolicy(document).is_action_permitted(action, on) == PermissionResult.PERMITTED)


def test_every_allowed_action_has_a_reason() -> None:
    resources = made(ModelUri=URI)
    allowed = {
        (who, action)
        for who, statement in statements(resources)
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
    }
    assert allowed == ALLOWED.keys()


def test_sam_creates_no_role_and_one_policy_is_managed_by_aws() -> None:
    roles = {name: each["Properties"] for name, each in made().items() if each["Type"] == "AWS::IAM::Role"}
    assert set(roles) == {"FunctionRole", "HookRole", "RolloutRole"}
    assert {name: role.get("ManagedPolicyArns", []) for name, role in roles.items()} == {
        "FunctionRole": [],
        "HookRole": [],
        "RolloutRole": ["arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited"],
    }


def test_boundary_limits_every_role_if_set() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    limits = [
        {
            each["Properties"].get("PermissionsBoundary")
            for each in resources.values()
            if each["Type"] == "AWS::IAM::Role"
        }
        for resources in (made(), made(PermissionsBoundary=boundary))
    ]
    assert limits == [{None}, {boundary}]


def test_managed_policy_of_codedeploy_is_unchanged() -> None:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    document = json.loads(aws_managed_policies_data)["AWSCodeDeployRoleForLambdaLimited"]["Document"]
    assert {action for statement in document["Statement"] for action in statement["Action"]} == ROLLOUT.keys()


def test_unencrypted_requests_to_buckets_are_denied() -> None:
    denied = [statement for who, statement in statements(made()) if statement["Effect"] == "Deny"]
    assert [(statement["Principal"], statement["Action"]) for statement in denied] == [("*", "s3:*")] * 2
    assert all(statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for statement in denied)
    assert {json.dumps(statement["Resource"]) for statement in denied} == {
        json.dumps([{"Fn::GetAtt": [bucket, "Arn"]}, f"${{{bucket}.Arn}}/*"])
        for bucket in ("PageBucket", "ModelBucket")
    }


def test_only_this_distribution_may_read_the_page() -> None:
    (reads,) = (statement for who, statement in statements(made()) if who == "cloudfront.amazonaws.com")
    (source,) = reads["Condition"]["StringEquals"].values()
    assert source == f"arn:aws:cloudfront::{ACCOUNT}:distribution/${{Site}}"


@pytest.mark.parametrize("action", ["logs:CreateLogStream", "logs:PutLogEvents"])
def test_function_may_write_only_its_own_log(action: str) -> None:
    assert is_allowed(action, f"{LOG}:log-stream:2026")
    assert not is_allowed(action, f"{LOG}-api:log-stream:2026")
    assert not is_allowed("logs:CreateLogGroup", LOG)


@pytest.mark.parametrize("on", [MODEL, "arn:aws:s3:::bucket/models/current.json"])
def test_function_may_read_models_below_model_uri(on: str) -> None:
    assert is_allowed("s3:GetObject", on, ModelUri=URI)
    assert not is_allowed("s3:GetObject", on)
    assert not is_allowed("s3:GetObject", on, ModelUri="s3://bucket/other")


@pytest.mark.parametrize(
    ("action", "on"),
    [
        ("s3:GetObject", "arn:aws:s3:::bucket/else/current.json"),
        ("s3:GetObject", "arn:aws:s3:::bucket/models-of-others/current.json"),
        ("s3:GetObject", "arn:aws:s3:::other/models/current.json"),
        ("s3:PutObject", MODEL),
        ("s3:DeleteObject", MODEL),
        ("s3:ListBucket", "arn:aws:s3:::bucket"),
    ],
)
def test_function_may_do_nothing_else_with_buckets(action: str, on: str) -> None:
    assert not is_allowed(action, on, ModelUri=URI)


def test_function_may_trace_only_with_active_tracing() -> None:
    assert is_allowed("xray:PutTraceSegments", "*")
    assert not is_allowed("xray:PutTraceSegments", "*", Tracing="PassThrough")
