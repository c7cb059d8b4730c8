"""Each permission that template.yaml gives has its reason here, and none is wider than that.

moto's evaluator, which follows IAM's rules on actions and resources, tells what a policy lets through.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.support.template import ACCOUNT, REGION, made

URI = "s3://bucket/models"
LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/digits"
MODEL = "arn:aws:s3:::bucket/models/versions/0123456789ab/mlp.onnx"
ALLOWED = {  # who, what: why
    ("lambda.amazonaws.com", "sts:AssumeRole"): "Lambda runs the function as FunctionRole",
    ("FunctionRole", "logs:CreateLogStream"): "each environment that Lambda starts writes a stream of its own",
    ("FunctionRole", "logs:PutLogEvents"): "the line of each request, of which the metrics are made",
    ("FunctionRole", "xray:PutTraceSegments"): "the requests that X-Ray samples, with Tracing=Active",
    ("FunctionRole", "xray:PutTelemetryRecords"): "how many there were to sample from",
    ("FunctionRole", "s3:GetObject"): "the pointer and the models below ModelUri, where it is given",
    ("codedeploy.amazonaws.com", "sts:AssumeRole"): "CodeDeploy moves the alias as RolloutRole",
    ("apigateway.amazonaws.com", "lambda:InvokeFunction"): "the API calls the alias",
    ("cloudfront.amazonaws.com", "s3:GetObject"): "CloudFront reads the page, for its own distribution alone",
    ("cloudfront.amazonaws.com", "s3:ListBucket"): "without it a file that is not there would be 403 instead of 404",
}
ROLLOUT = {  # what AWS's policy for CodeDeploy lets it do
    "cloudwatch:DescribeAlarms": "whether an alarm rings",
    "lambda:GetAlias": "which version serves",
    "lambda:GetProvisionedConcurrencyConfig": "whether the new version has its share of what is provisioned",
    "lambda:InvokeFunction": "hooks, of which there are none here",
    "lambda:UpdateAlias": "moves the requests to the new version, and back",
    "s3:GetObject": "a plan in a bucket of CodeDeploy's, of which there is none here",
    "s3:GetObjectVersion": "the same",
}


def statements(resources: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Whom each statement of a policy is about, and the statement."""
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


def function(action: str, on: str, **given: Any) -> bool:
    """Whether the function may do this."""
    role = made(**given)["FunctionRole"]["Properties"]
    (policy,) = role["Policies"]
    document = json.dumps(policy["PolicyDocument"]).replace('{"Fn::GetAtt": ["Log", "Arn"]}', f'"{LOG}:*"')
    return bool(IAMPolicy(document).is_action_permitted(action, on) == PermissionResult.PERMITTED)


def test_every_action_that_is_allowed_has_a_reason_and_none_has_a_reason_for_nothing() -> None:
    resources = made(ModelUri=URI)
    allowed = {
        (who, action)
        for who, statement in statements(resources)
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
    }
    assert allowed == ALLOWED.keys()


def test_no_role_is_made_by_sam_and_one_policy_is_awss() -> None:
    roles = {name: each["Properties"] for name, each in made().items() if each["Type"] == "AWS::IAM::Role"}
    assert set(roles) == {"FunctionRole", "RolloutRole"}
    assert {name: role.get("ManagedPolicyArns", []) for name, role in roles.items()} == {
        "FunctionRole": [],
        "RolloutRole": ["arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited"],
    }


def test_awss_policy_for_codedeploy_is_as_narrow_as_it_was() -> None:
    document = json.loads(aws_managed_policies_data)["AWSCodeDeployRoleForLambdaLimited"]["Document"]
    assert {action for statement in document["Statement"] for action in statement["Action"]} == ROLLOUT.keys()


def test_whatever_comes_in_the_clear_is_denied() -> None:
    denied = [statement for who, statement in statements(made()) if statement["Effect"] == "Deny"]
    assert [(statement["Principal"], statement["Action"]) for statement in denied] == [("*", "s3:*")] * 2
    assert all(statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for statement in denied)
    assert {json.dumps(statement["Resource"]) for statement in denied} == {
        json.dumps([{"Fn::GetAtt": [bucket, "Arn"]}, f"${{{bucket}.Arn}}/*"])
        for bucket in ("PageBucket", "ModelBucket")
    }


def test_cloudfront_reads_for_this_distribution_alone() -> None:
    (reads,) = (statement for who, statement in statements(made()) if who == "cloudfront.amazonaws.com")
    (source,) = reads["Condition"]["StringEquals"].values()
    assert source == f"arn:aws:cloudfront::{ACCOUNT}:distribution/${{Site}}"


@pytest.mark.parametrize("action", ["logs:CreateLogStream", "logs:PutLogEvents"])
def test_the_function_writes_its_own_log_alone(action: str) -> None:
    assert function(action, f"{LOG}:log-stream:2026")
    assert not function(action, f"{LOG}-api:log-stream:2026")
    assert not function("logs:CreateLogGroup", LOG)


@pytest.mark.parametrize("on", [MODEL, "arn:aws:s3:::bucket/models/current.json"])
def test_the_function_reads_models_where_they_are_given(on: str) -> None:
    assert function("s3:GetObject", on, ModelUri=URI)
    assert not function("s3:GetObject", on)
    assert not function("s3:GetObject", on, ModelUri="s3://bucket/other")


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
def test_the_function_does_nothing_else_to_a_bucket(action: str, on: str) -> None:
    assert not function(action, on, ModelUri=URI)


def test_the_function_traces_only_where_it_is_asked_to() -> None:
    assert function("xray:PutTraceSegments", "*")
    assert not function("xray:PutTraceSegments", "*", Tracing="PassThrough")
