"""`python -m deploy` from an empty account to a live site and back, against moto's server."""

from pathlib import Path
from typing import Any

import pytest

from deploy import __main__ as deploy
from deploy import page, stack
from deploy.destroy import SHARED
from deploy.page import CACHE
from digits.reload import POINTER, fetch, read_pointer
from digits.s3 import Folder
from export.registry.s3 import Store
from serve import MODELS, PAGE, PUBLISHED
from tests.integration.deploy.conftest import Run
from tests.support.deploy.cloud import ACCOUNT, REGION, Cloud, absent, transformed


def output(aws: Cloud, name: str) -> str:
    outputs = aws.client("cloudformation").describe_stacks(StackName="digits")["Stacks"][0]["Outputs"]
    return next(str(each["OutputValue"]) for each in outputs if each["OutputKey"] == name)


def objects(aws: Cloud) -> dict[str, Any]:
    """What the page's bucket holds, as CloudFront reads it."""
    s3, name = aws.client("s3"), output(aws, "PageBucket")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=name).get("Contents", [])]
    return {key: s3.get_object(Bucket=name, Key=key) for key in keys}


def publish(uri: str) -> str:
    """Swing the pointer in the stack's own bucket, and take the version up as the function does."""
    version = Store(uri).publish(MODELS, lambda line: None)
    with Folder(uri) as folder:
        assert read_pointer(folder.get(POINTER)) == version
        assert fetch(folder, version, ["mlp", "tree"]).version == version
    return version


def test_what_moto_cannot_make(aws: Cloud, tmp_path: Path) -> None:
    """A moto that learns one of these makes this fail: take its name out."""
    assert set(absent(transformed(tmp_path)).values()) == {
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Stage",
        "AWS::CertificateManager::Certificate",
        "AWS::CloudFront::Distribution",
        "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::CloudWatch::Alarm",
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::Lambda::Alias",
        "AWS::Logs::MetricFilter",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
    }


def test_first_deployment(aws: Cloud, built: Path, run: Run, site: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("--built", str(built)) == 0
    said = capfd.readouterr()
    assert said.out == f"{site}\n"
    assert f"Deploying the stack digits to {REGION} of account {ACCOUNT} (ENV=default)." in said.err
    there = objects(aws)
    served = {path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*") if path.is_file()}
    assert set(there) == served | {path.removeprefix("/") for path in PUBLISHED}
    assert {each["CacheControl"] for each in there.values()} == {CACHE}
    kinds = {key: each["ContentType"] for key, each in there.items()}
    assert kinds["index.html"] == "text/html; charset=utf-8"
    assert kinds["js/main.js"] == "text/javascript; charset=utf-8"
    assert kinds["models/mlp.onnx"] == "application/octet-stream"
    assert kinds["favicon.svg"].startswith("image/svg+xml")
    assert there["models/mlp.onnx"]["Body"].read() == (MODELS / "mlp.onnx").read_bytes()
    version = publish(output(aws, "ModelUri"))
    capfd.readouterr()
    bucket = output(aws, "PageBucket")
    assert run("destroy", "--yes", "digits") == 0
    said = capfd.readouterr()
    assert f"The bucket {bucket}: {len(there)} objects, " in said.err
    assert f"with 1 published models: {version}" in said.err
    assert "Nothing is left of digits." in said.err
    assert "remove it too: make destroy STACK=aws-sam-cli-managed-default" in said.err
    assert bucket not in [each["Name"] for each in aws.client("s3").list_buckets()["Buckets"]]
    assert [each["StackName"] for each in aws.client("cloudformation").describe_stacks()["Stacks"]] == [SHARED]


def test_again_changes_nothing_and_says_so(
    aws: Cloud, built: Path, run: Run, site: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("--built", str(built)) == 0
    before = {key: each["LastModified"] for key, each in objects(aws).items()}
    capfd.readouterr()
    assert run("--built", str(built)) == 0
    said = capfd.readouterr()
    assert "No changes to deploy. Stack digits is up to date" in said.err
    assert f"The page: all {len(before)} files are as they were, nothing uploaded." in said.err
    assert said.out == f"{site}\n"
    assert {key: each["LastModified"] for key, each in objects(aws).items()} == before


def test_cut_off_anywhere_it_can_be_run_again(
    aws: Cloud, built: Path, run: Run, site: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """One account, cut off before each step in turn: each run takes up what those before it have left."""
    for place, name in (
        (stack, "make_way"),
        (stack, "deploy"),
        (page, "upload"),
        (page, "File"),  # in the middle of `upload`
        (page, "invalidate"),
        (deploy, "smoke"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(place, name, cut_off)
            assert run("--built", str(built)) == 130
        assert "Stopped." in capfd.readouterr().err
    assert run("--built", str(built)) == 0
    assert capfd.readouterr().out == f"{site}\n"
    assert set(objects(aws)) == {file.key for file in page.files(site)}
    cloudfront = aws.client("cloudfront")
    invalidated = cloudfront.list_invalidations(DistributionId=output(aws, "DistributionId"))["InvalidationList"]
    assert invalidated["Quantity"] == 2  # of the run that got as far as the smoke test, and the last


def cut_off(*_: object) -> None:
    raise KeyboardInterrupt


def test_parameters_reach_the_stack(aws: Cloud, built: Path, run: Run) -> None:
    assert run("--built", str(built), "--env", "prod", "--stack", "digits", "MemorySize=2048") == 0
    (found,) = aws.client("cloudformation").describe_stacks(StackName="digits")["Stacks"]
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in found["Parameters"]}
    assert (parameters["MemorySize"], parameters["Rollout"]) == ("2048", "Canary10Percent5Minutes")
    assert {"Key": "environment", "Value": "prod"} in found["Tags"]
