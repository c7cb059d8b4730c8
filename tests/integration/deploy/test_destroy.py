"""Teardown: confirmation, deleted and kept buckets, interrupted runs."""

import json
import sys

import pytest

from deploy import destroy, stack
from deploy.destroy import SHARED
from deploy.preflight import Account
from tests.integration.deploy.conftest import Run
from tests.support.deploy.cloud import Cloud

TEMPLATE = {
    "Resources": {
        "PageBucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "the-page"}},
        "ModelBucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "the-models"}},
        "Kept": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": "the-kept"}},
    }
}


@pytest.fixture
def cloud(aws: Cloud) -> Cloud:
    """Create a stack with two published models and a deleted pointer, and a bucket of another stack."""
    aws.prepare()
    aws.client("cloudformation").create_stack(StackName="digits", TemplateBody=json.dumps(TEMPLATE))
    s3 = aws.client("s3")
    s3.put_bucket_versioning(Bucket="the-models", VersioningConfiguration={"Status": "Enabled"})
    s3.create_bucket(Bucket="of-another-stack")
    s3.put_object(Bucket="of-another-stack", Key="precious", Body=b"")
    for version in ("aaaaaaaaaaaa", "bbbbbbbbbbbb"):
        s3.put_object(Bucket="the-models", Key=f"models/versions/{version}/manifest.json", Body=b"")
    s3.put_object(Bucket="the-models", Key="models/current.json", Body=b"a")
    s3.put_object(Bucket="the-models", Key="models/current.json", Body=b"b")
    s3.delete_object(Bucket="the-models", Key="models/current.json")
    for bucket in ("the-page", "the-kept"):
        s3.put_object(Bucket=bucket, Key="index.html", Body=b"")
    return aws


def buckets(cloud: Cloud) -> set[str]:
    names = {each["Name"] for each in cloud.client("s3").list_buckets()["Buckets"]}
    return {name for name in names if not name.startswith(SHARED)}


def test_destroy_deletes_stack_and_its_buckets(cloud: Cloud, run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("destroy", "--yes", "digits") == 0
    output = capfd.readouterr().err
    assert "The stack digits (us-east-1, account 123456789012), with its site, function, logs and alarms." in output
    assert "The bucket the-models: 3 objects, 5 versions of them." in output
    assert "with 2 published models: aaaaaaaaaaaa, bbbbbbbbbbbb" in output
    assert "Nothing is left of digits." in output
    assert buckets(cloud) == {"of-another-stack"}
    assert [each["StackName"] for each in cloud.client("cloudformation").describe_stacks()["Stacks"]] == [SHARED]


def test_destroy_names_validation_record_of_certificate(
    cloud: Cloud, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """moto's CloudFormation has no certificates: ACM's part is moto's, the list of the stack's resources is not."""
    acm = cloud.client("acm")
    arn = acm.request_certificate(DomainName="digits.example.com", ValidationMethod="DNS")["CertificateArn"]
    (option,) = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    listed, kind = destroy._physical_ids, "AWS::CertificateManager::Certificate"
    monkeypatch.setattr(destroy, "_physical_ids", lambda *of: [arn] if of[2] == kind else listed(*of))
    assert run("destroy", "--yes", "digits") == 0
    output = capfd.readouterr().err
    assert f"of the domain may use it: the CNAME record {option['ResourceRecord']['Name']} in Route 53." in output
    assert "Nothing else is left of digits." in output


def test_destroy_without_terminal_requires_yes(
    cloud: Cloud, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert run("destroy") == 1
    output = capfd.readouterr().err.splitlines()[-1]
    assert output == "Nothing was changed: without a terminal, confirm with: make destroy YES=digits"
    assert buckets(cloud) == {"the-page", "the-models", "the-kept", "of-another-stack"}


@pytest.mark.parametrize(("typed", "status", "left"), [("yes", 1, 4), ("", 1, 4), ("digits", 0, 1)])
def test_destroy_on_terminal_requires_typed_name(
    typed: str, status: int, left: int, cloud: Cloud, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda: typed)
    assert run("destroy") == status
    assert len(buckets(cloud)) == left


@pytest.mark.parametrize("moment", ["before", "after"])
def test_interrupted_destroy_can_be_repeated(moment: str, cloud: Cloud, run: Run) -> None:
    delete = stack.delete

    def interrupt(account: Account, name: str) -> None:
        if moment == "after":
            delete(account, name)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stack, "delete", interrupt)
        assert run("destroy", "--yes", "digits") == 130
    assert "the-kept" in buckets(cloud)
    assert run("destroy", "--yes", "digits") == 0
    assert buckets(cloud) == {"of-another-stack"}


def test_destroy_without_stack_returns_0(aws: Cloud, run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    aws.prepare()
    assert run("destroy", "--yes", "digits") == 0
    assert capfd.readouterr().err == (
        "The stack digits does not exist in us-east-1 of account 123456789012: nothing to destroy.\n"
    )


def test_buckets_of_other_stacks_are_kept(aws: Cloud, run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    aws.prepare()
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName="digits-prod", TemplateBody=json.dumps(TEMPLATE))
    cloudformation.delete_stack(StackName="digits-prod")
    assert "the-kept" in buckets(aws)
    assert run("destroy", "--yes", "digits") == 0
    assert "The stack digits does not exist in" in capfd.readouterr().err
    assert "the-kept" in buckets(aws)
