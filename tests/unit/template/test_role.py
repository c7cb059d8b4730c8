""".github/role.yaml lets GitHub deploy template.yaml, and that stack alone.

What a resource type takes stands in AWS's own resource schemas, which come with cfn-lint.
"""

import json
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cfnlint  # type: ignore[import-untyped]
import pytest
from cfnlint.decode import cfn_yaml  # type: ignore[import-untyped]
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

from tests.support.template import ROOT, load

ROLE = ROOT / ".github" / "role.yaml"
SCHEMAS = Path(cfnlint.__file__).with_name("data") / "schemas" / "resources"

# What the schemas name and this stack never asks for, each with the reason.
NOT_NEEDED = {
    "ec2:*": "the function is in no VPC",
    "elasticfilesystem:*": "it mounts no file system",
    "s3files:*": "it mounts no bucket",
    "kms:*": "everything is encrypted with AWS's own keys",
    "firehose:*": "no log goes to Firehose",
    "s3tables:*": "no bucket has tables",
    "acm-pca:*": "the certificate is Amazon's public one",
    "lambda:GetCodeSigningConfig": "the code is not signed",
    "lambda:*FunctionCodeSigningConfig": "the code is not signed",
    "lambda:GetLayerVersion": "there is no layer",
    "lambda:PassCapacityProvider": "it runs on no machines of the user's",
    "lambda:PutFunctionScalingConfig": "it runs on no machines of the user's",
    "lambda:AssociateRuntimeAlias": "Lambda chooses the runtime's version",
    "lambda:*ProvisionedConcurrencyConfig": "no sandbox is paid for while it waits",
    "iam:*RolePermissionsBoundary": "the roles have none",
    "s3:GetObjectVersion": "the code lies in SAM's bucket: the test of that bucket has it",
    "s3:REST.PUT.OBJECT": "no action of IAM's",
    "s3:getObject": "the API is described in the template, not in a file in a bucket",
    "s3:*BucketAbac": "nothing is granted by a bucket's tags",
    "s3:*Accelerate*": "no bucket has accelerated transfers",
    "s3:*Analytics*": "no bucket has analytics",
    "s3:*BucketCORS": "the page is read through CloudFront alone",
    "s3:DeleteBucketCors": "the page is read through CloudFront alone",
    "s3:*Inventory*": "no bucket has an inventory",
    "s3:*Metrics*": "no bucket has request metrics",
    "s3:*Notification": "nothing listens to a bucket",
    "s3:*Replication*": "no bucket is replicated",
    "s3:*Website": "no bucket is a website of S3's own",
    "s3:*ObjectLock*": "the user may delete what is the user's",
    "s3:*BucketLogging": "CloudFront sees every request",
    "s3:*IntelligentTiering*": "no bucket has it",
    "s3:*MetadataTable*": "no bucket has tables",
    "s3:UpdateBucketMetadata*": "no bucket has tables",
    "s3:*Acl": "access lists are off (BucketOwnerEnforced)",
    "s3:DeleteBucketEncryption": "no bucket is ever in the clear",
    "s3:DeleteBucketLifecycle": "the rule stays",
    "s3:ListAllMyBuckets": "CloudFormation knows its buckets",
    "cloudfront:*ConnectionGroup": "one site, no tenants",
    "cloudfront:GetVpcOrigin": "no origin is in a VPC",
    "cloudfront:UpdateDistributionWithStagingConfig": "no staging distribution",
    "cloudfront:CreateDistributionWithTags": "IAM asks for CreateDistribution and TagResource",
    "apigateway:*agResource": "IAM asks for PUT and DELETE on /tags",
    "logs:*DataProtectionPolicy": "nothing personal is logged",
    "logs:*IndexPolicy": "no field is indexed",
    "logs:*KmsKey": "encrypted with AWS's own key",
    "logs:DeleteResourcePolicy": "other APIs of the account may need it",
    "logs:PutLogGroupDeletionProtection": "logs go with the stack",
    "logs:PutBearerTokenAuthentication": "only CloudWatch's own clients write",
    "codedeploy:RegisterOnPremisesInstance": "it deploys functions alone",
    "sns:PutDataProtectionPolicy": "nothing personal is sent",
}

# Types that AWS publishes no permissions for, and the type that takes the same.
SAME_AS = {"AWS::Route53::RecordSetGroup": "AWS::Route53::RecordSet"}


# AWS's own policies that SAM names without their addresses; it would ask AWS for them.
POLICIES = SimpleNamespace(
    load=lambda: {"AWSXrayWriteOnlyAccess": "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"},
)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The resources that CloudFormation makes of template.yaml."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    template = load()
    defaults = {name: each.get("Default", "") for name, each in template["Parameters"].items()}
    for each in template["Resources"].values():
        if each["Type"] == "AWS::Serverless::Function":
            each["Properties"]["CodeUri"] = "s3://bucket/key"
    return list(transform(template, defaults, POLICIES)["Resources"].values())


def resources() -> dict[str, Any]:
    """What .github/role.yaml makes."""
    read: dict[str, Any] = cfn_yaml.load(str(ROLE))["Resources"]
    return read


@cache
def schemas() -> dict[str, Any]:
    read = (json.loads(path.read_text()) for path in SCHEMAS.glob("*.json"))
    return {each["typeName"]: each for each in read if "handlers" in each}


def needed(kind: str) -> set[str]:
    """What making, reading, changing and deleting a resource of this type takes."""
    handlers = schemas()[SAME_AS.get(kind, kind)]["handlers"]
    wanted = {action for name, each in handlers.items() if name != "list" for action in each["permissions"]}
    return {action for action in wanted if not any(fnmatchcase(action, pattern) for pattern in NOT_NEEDED)}


def statements() -> list[dict[str, Any]]:
    """All that the deploying role may do."""
    made = resources()
    policies = [each["Ref"] for each in made["DeployRole"]["Properties"]["ManagedPolicyArns"]]
    return [each for name in policies for each in made[name]["Properties"]["PolicyDocument"]["Statement"]]


def granted() -> set[str]:
    """What it may do with the stack's own resources: SAM's bucket is not one."""
    listed = (each["Action"] for each in statements() if each["Sid"] != "Artifacts")
    return {action for each in listed for action in ([each] if isinstance(each, str) else each)}


def test_the_role_may_make_what_the_template_has(made: list[dict[str, Any]]) -> None:
    kinds = {each["Type"] for each in made}
    assert {kind: missing for kind in sorted(kinds) if (missing := sorted(needed(kind) - granted()))} == {}


def test_the_role_may_attach_what_the_roles_of_the_template_have(made: list[dict[str, Any]]) -> None:
    (attach,) = (each for each in statements() if "iam:AttachRolePolicy" in each["Action"])
    allowed = {each["Fn::Sub"].rpartition(":")[2] for each in attach["Condition"]["ArnEquals"]["iam:PolicyARN"]}
    roles = [each["Properties"] for each in made if each["Type"] == "AWS::IAM::Role"]
    arns = [arn for each in roles for arn in each.get("ManagedPolicyArns", [])]
    attached = {str(arn["Fn::Sub"] if isinstance(arn, dict) else arn).rpartition(":")[2] for arn in arns}
    assert attached <= allowed


def test_the_role_may_make_the_log_groups_by_their_names(made: list[dict[str, Any]]) -> None:
    (logs,) = (each for each in statements() if each["Sid"] == "Logs")
    patterns = [each["Fn::Sub"].rpartition("log-group:")[2].replace("${Stack}", "digits") for each in logs["Resource"]]
    names = [each["Properties"]["LogGroupName"]["Fn::Sub"] for each in made if each["Type"] == "AWS::Logs::LogGroup"]
    for name in (each.replace("${AWS::StackName}", "digits") for each in names):
        assert any(fnmatchcase(name, pattern) for pattern in patterns), name


def test_the_role_may_put_the_code_where_lambda_reads_it() -> None:
    (artifacts,) = (each for each in statements() if each["Sid"] == "Artifacts")
    assert {"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject"} <= set(artifacts["Action"])
    assert [each["Fn::Sub"].rpartition(":")[2] for each in artifacts["Resource"]] == ["aws-sam-cli-managed-default-*"]


def test_every_reason_is_of_use() -> None:
    wanted = {
        action for each in schemas().values() for one in each["handlers"].values() for action in one["permissions"]
    }
    assert [each for each in NOT_NEEDED if not any(fnmatchcase(action, each) for action in wanted)] == []


def test_no_action_is_a_pattern() -> None:
    assert [action for action in granted() if "*" in action] == []


def test_everything_is_only_where_the_service_knows_no_resource() -> None:
    everywhere = {each["Sid"]: set(each["Action"]) for each in statements() if each["Resource"] == "*"}
    reading = ("Describe", "Get", "List", "Validate")
    changing = {
        action for actions in everywhere.values() for action in actions if not action.split(":")[1].startswith(reading)
    }
    assert changing == {
        "acm:RequestCertificate",
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
    }


def test_only_a_job_of_the_environment_may_take_a_role() -> None:
    claims = {}
    for name in ("DeployRole", "ModelsRole"):
        (trust,) = resources()[name]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        ((operator, condition),) = trust["Condition"].items()
        assert operator == "StringEquals"  # no pattern: a fork or a branch has another claim
        claims[name] = {key.rsplit(":", 1)[1]: value for key, value in condition.items()}
    assert claims == {
        "DeployRole": {"aud": "sts.amazonaws.com", "sub": {"Fn::Sub": "repo:${Repository}:environment:${Environment}"}},
        "ModelsRole": {"aud": "sts.amazonaws.com", "sub": {"Fn::Sub": "repo:${Repository}:environment:models"}},
    }


def test_it_cannot_change_its_own_roles() -> None:
    for name in ("DeployRole", "ModelsRole"):
        assert resources()[name]["Properties"]["RoleName"]["Fn::Sub"].startswith("github-")
    roles = [each["Resource"]["Fn::Sub"] for each in statements() if "iam:" in str(each["Action"])]
    assert {each.rsplit(":", 1)[1] for each in roles} == {"role/${Stack}-*"}


def test_publishing_models_takes_three_actions() -> None:
    (policy,) = resources()["ModelsRole"]["Properties"]["Policies"]
    allowed = {
        (action, each["Resource"]["Fn::Sub"].split(":::")[1])
        for each in policy["PolicyDocument"]["Statement"]
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }
    assert allowed == {
        ("s3:GetObject", "${Stack}-modelbucket-*/models/*"),
        ("s3:PutObject", "${Stack}-modelbucket-*/models/*"),
        ("s3:ListBucket", "${Stack}-modelbucket-*"),
    }
