"""Permissions of .github/role.yaml, compared with those that AWS's resource schemas list for template.yaml's types.

cfn-lint contains the schemas.
"""

import json
from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.deploy.role import resources, statements
from tests.support.deploy.schemas import permissions, schemas, tagging
from tests.support.template import load

pytestmark = pytest.mark.slow  # cfn-lint and the SAM transform take seconds to import

# Permissions in the schemas that this stack does not need, with reasons.
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
    "lambda:PassCapacityProvider": "it has no capacity provider",
    "lambda:PutFunctionScalingConfig": "it has no capacity provider",
    "lambda:AssociateRuntimeAlias": "Lambda chooses the runtime's version",
    "lambda:*ProvisionedConcurrencyConfig": "there is no provisioned concurrency",
    "iam:DeleteRolePermissionsBoundary": "a role keeps its boundary",
    "s3:GetObjectVersion": "the code is in SAM's bucket, which has its own test",
    "s3:REST.PUT.OBJECT": "not an IAM action",
    "s3:getObject": "the API is described in the template, not in a file in a bucket",
    "s3:*BucketAbac": "nothing is granted by a bucket's tags",
    "s3:*Accelerate*": "no bucket has accelerated transfers",
    "s3:*Analytics*": "no bucket has analytics",
    "s3:*BucketCORS": "the page is only read through CloudFront",
    "s3:DeleteBucketCors": "the page is only read through CloudFront",
    "s3:*Inventory*": "no bucket has an inventory",
    "s3:*Metrics*": "no bucket has request metrics",
    "s3:*Notification": "no bucket has notifications",
    "s3:*Replication*": "no bucket is replicated",
    "s3:*Website": "no bucket is an S3 website",
    "s3:*ObjectLock*": "objects may be deleted",
    "s3:*BucketLogging": "CloudFront handles every request",
    "s3:*IntelligentTiering*": "no bucket has it",
    "s3:*MetadataTable*": "no bucket has tables",
    "s3:UpdateBucketMetadata*": "no bucket has tables",
    "s3:DeleteBucketTagging": "not an IAM action: PutBucketTagging allows it",
    "s3:*Acl": "access lists are off (BucketOwnerEnforced)",
    "s3:DeleteBucketEncryption": "buckets stay encrypted",
    "s3:DeleteBucketLifecycle": "the rule stays",
    "s3:ListAllMyBuckets": "CloudFormation has the names of its buckets",
    "cloudfront:*ConnectionGroup": "one site, no tenants",
    "cloudfront:GetVpcOrigin": "no origin is in a VPC",
    "cloudfront:UpdateDistributionWithStagingConfig": "no staging distribution",
    "cloudfront:CreateDistributionWithTags": "IAM requires CreateDistribution and TagResource",
    "logs:*DataProtectionPolicy": "nothing personal is logged",
    "logs:*IndexPolicy": "no field is indexed",
    "logs:*KmsKey": "encrypted with AWS's own key",
    "logs:DeleteResourcePolicy": "other APIs of the account may need it",
    "logs:PutLogGroupDeletionProtection": "logs are deleted with the stack",
    "logs:PutBearerTokenAuthentication": "only CloudWatch's clients write",
    "codedeploy:RegisterOnPremisesInstance": "it deploys only functions",
    "sns:PutDataProtectionPolicy": "nothing personal is sent",
}

# Managed policies that SAM refers to by name; it would query AWS for their ARNs.
POLICIES = SimpleNamespace(
    load=lambda: {"AWSXrayWriteOnlyAccess": "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"},
)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the resources of template.yaml after the SAM transform."""
    from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    template = load()
    defaults = {name: each.get("Default", "") for name, each in template["Parameters"].items()}
    for each in template["Resources"].values():
        if each["Type"] == "AWS::Serverless::Function":
            each["Properties"]["CodeUri"] = "s3://bucket/key"
    return list(transform(template, defaults, POLICIES)["Resources"].values())


def needed(kind: str) -> set[str]:
    """Return the actions needed to manage a resource of this type."""
    return {action for action in permissions(kind) if not any(fnmatchcase(action, pattern) for pattern in NOT_NEEDED)}


def granted() -> set[str]:
    """Return the actions allowed on the stack's resources, without those on SAM's bucket."""
    listed = (each["Action"] for each in statements() if each["Sid"] != "Artifacts")
    return {action for each in listed for action in ([each] if isinstance(each, str) else each)}


def test_role_may_manage_every_resource_of_template(made: list[dict[str, Any]]) -> None:
    kinds = {each["Type"] for each in made}
    assert {kind: missing for kind in sorted(kinds) if (missing := sorted(needed(kind) - granted()))} == {}


def test_role_may_attach_managed_policies_of_template(made: list[dict[str, Any]]) -> None:
    (attach,) = (each for each in statements() if "iam:AttachRolePolicy" in each["Action"])
    allowed = {each["Fn::Sub"].rpartition(":")[2] for each in attach["Condition"]["ArnEquals"]["iam:PolicyARN"]}
    roles = [each["Properties"] for each in made if each["Type"] == "AWS::IAM::Role"]
    arns = [arn for each in roles for arn in each.get("ManagedPolicyArns", [])]
    attached = {str(arn["Fn::Sub"] if isinstance(arn, dict) else arn).rpartition(":")[2] for arn in arns}
    assert attached <= allowed


def test_role_may_create_log_groups_of_template(made: list[dict[str, Any]]) -> None:
    (logs,) = (each for each in statements() if each["Sid"] == "Logs")
    patterns = [each["Fn::Sub"].rpartition("log-group:")[2].replace("${Stack}", "digits") for each in logs["Resource"]]
    names = [each["Properties"]["LogGroupName"]["Fn::Sub"] for each in made if each["Type"] == "AWS::Logs::LogGroup"]
    for name in (each.replace("${AWS::StackName}", "digits") for each in names):
        assert any(fnmatchcase(name, pattern) for pattern in patterns), name


def test_role_may_upload_code_to_bucket_of_sam() -> None:
    (artifacts,) = (each for each in statements() if each["Sid"] == "Artifacts")
    assert {"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject"} <= set(artifacts["Action"])
    assert set(tagging("AWS::S3::Bucket")["permissions"]) - {"s3:DeleteBucketTagging"} <= set(artifacts["Action"])
    assert [each["Fn::Sub"].rpartition(":")[2] for each in artifacts["Resource"]] == ["aws-sam-cli-managed-default-*"]


def test_every_exception_is_used() -> None:
    wanted = {action for kind in schemas() for action in permissions(kind)}
    assert [each for each in NOT_NEEDED if not any(fnmatchcase(action, each) for action in wanted)] == []


def test_no_action_has_a_wildcard() -> None:
    assert [action for action in granted() if "*" in action] == []


def test_changing_actions_on_all_resources_are_known() -> None:
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


def test_only_jobs_of_the_environment_may_assume_roles() -> None:
    claims = {}
    for name in ("DeployRole", "ModelsRole"):
        (trust,) = resources()[name]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        ((operator, condition),) = trust["Condition"].items()
        assert operator == "StringEquals"  # no wildcard: a fork or a branch has another claim
        claims[name] = {key.rsplit(":", 1)[1]: value for key, value in condition.items()}
    assert claims == {
        "DeployRole": {"aud": "sts.amazonaws.com", "sub": {"Fn::Sub": "repo:${Repository}:environment:${Environment}"}},
        "ModelsRole": {"aud": "sts.amazonaws.com", "sub": {"Fn::Sub": "repo:${Repository}:environment:models"}},
    }


def test_role_cannot_change_itself() -> None:
    for name in ("DeployRole", "ModelsRole"):
        assert resources()[name]["Properties"]["RoleName"]["Fn::Sub"].startswith("github-")
    roles = [each["Resource"]["Fn::Sub"] for each in statements() if "iam:" in str(each["Action"])]
    assert {each.rsplit(":", 1)[1] for each in roles} == {"role/${Stack}-*"}


def test_each_policy_fits_into_quota_of_iam() -> None:
    """IAM quotas: 6,144 characters a managed policy, without white space. The stack's name has at most 31."""
    policies = {name: each for name, each in resources().items() if each["Type"] == "AWS::IAM::ManagedPolicy"}
    for name, policy in policies.items():
        text = json.dumps(policy["Properties"]["PolicyDocument"], separators=(",", ":"))
        for part, length in (("${AWS::Partition}", 3), ("${AWS::AccountId}", 12), ("${Stack}", 31)):
            text = text.replace(part, "x" * length)
        assert len(text) <= 6144, (name, len(text))


def test_boundary_limits_both_roles_and_roles_that_are_made() -> None:
    for name in ("DeployRole", "ModelsRole"):
        assert resources()[name]["Properties"]["PermissionsBoundary"]["Fn::If"][1] == {"Ref": "PermissionsBoundary"}
    (made,) = (each for each in statements() if "iam:CreateRole" in each["Action"])
    assert made["Action"] == ["iam:CreateRole", "iam:PutRolePermissionsBoundary"]
    assert made["Condition"]["Fn::If"][:2] == [
        "Bounded",
        {"StringEquals": {"iam:PermissionsBoundary": {"Ref": "PermissionsBoundary"}}},
    ]


def test_models_role_has_three_actions() -> None:
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
