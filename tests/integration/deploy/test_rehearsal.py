"""Deployment rehearsal: `python -m deploy` from an empty account to a live site and its teardown, against moto."""

import base64
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from deploy import settings, smoke, stack, upload
from deploy.destroy import SHARED
from deploy.settings import SAMCONFIG
from deploy.upload import CACHE
from digits.reload import POINTER, fetch, read_pointer
from digits.s3 import Folder
from export.registry.s3 import Store
from server.site import MODELS, PAGE, PUBLISHED
from tests.integration.deploy.conftest import Run
from tests.support.deploy.cloud import ACCOUNT, REGION, Cloud, transformed, unsupported


def output(aws: Cloud, name: str) -> str:
    outputs = aws.client("cloudformation").describe_stacks(StackName="digits")["Stacks"][0]["Outputs"]
    return next(str(each["OutputValue"]) for each in outputs if each["OutputKey"] == name)


def objects(aws: Cloud) -> dict[str, Any]:
    """Return the objects of the page's bucket."""
    s3, name = aws.client("s3"), output(aws, "PageBucket")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=name).get("Contents", [])]
    return {key: s3.get_object(Bucket=name, Key=key) for key in keys}


def publish(uri: str) -> str:
    """Publish the models to the stack's bucket, and fetch them as the function does."""
    version = Store(uri).publish(MODELS, lambda line: None)
    with Folder(uri) as folder:
        assert read_pointer(folder.get(POINTER)) == version
        assert fetch(folder, version, ["mlp", "tree"]).version == version
    return version


def test_resource_types_missing_in_moto(aws: Cloud, tmp_path: Path) -> None:
    """If a new version of moto supports one of these, remove it here."""
    assert set(unsupported(transformed(tmp_path)).values()) == {
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Stage",
        "AWS::Budgets::Budget",
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


def test_first_deployment_and_teardown(
    aws: Cloud, built: Path, run: Run, site: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("--built", str(built)) == 0
    captured = capfd.readouterr()
    assert captured.out == f"{site}\n"
    assert f"Deploying the stack digits to {REGION} of account {ACCOUNT} (ENV=default)." in captured.err
    uploaded = objects(aws)
    served = {path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*") if path.is_file()}
    assert set(uploaded) == served | {path.removeprefix("/") for path in PUBLISHED}
    assert {each["CacheControl"] for each in uploaded.values()} == {CACHE}
    kinds = {key: each["ContentType"] for key, each in uploaded.items()}
    assert kinds["index.html"] == "text/html; charset=utf-8"
    assert kinds["js/main.js"] == "text/javascript; charset=utf-8"
    assert kinds["models/mlp.onnx"] == "application/octet-stream"
    assert kinds["favicon.ico"] == "image/vnd.microsoft.icon"
    assert kinds["site.webmanifest"] == "application/manifest+json"
    assert kinds["favicon.svg"].startswith("image/svg+xml")
    assert uploaded["models/mlp.onnx"]["Body"].read() == (MODELS / "mlp.onnx").read_bytes()
    version = publish(output(aws, "ModelUri"))
    capfd.readouterr()
    bucket = output(aws, "PageBucket")
    assert run("destroy", "--yes", "digits") == 0
    captured = capfd.readouterr()
    assert f"The bucket {bucket}: {len(uploaded)} objects, " in captured.err
    assert f"with 1 published models: {version}" in captured.err
    assert "Nothing is left of digits." in captured.err
    assert "To delete it too: make destroy STACK=aws-sam-cli-managed-default" in captured.err
    assert bucket not in [each["Name"] for each in aws.client("s3").list_buckets()["Buckets"]]
    assert [each["StackName"] for each in aws.client("cloudformation").describe_stacks()["Stacks"]] == [SHARED]


def test_second_deployment_changes_nothing(
    aws: Cloud, built: Path, run: Run, site: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("--built", str(built)) == 0
    before = {key: each["LastModified"] for key, each in objects(aws).items()}
    capfd.readouterr()
    assert run("--built", str(built)) == 0
    captured = capfd.readouterr()
    assert "No changes to deploy. Stack digits is up to date" in captured.err
    assert f"Page: 0 files uploaded, 0 removed, {len(before)} unchanged." in captured.err
    assert captured.out == f"{site}\n"
    assert {key: each["LastModified"] for key, each in objects(aws).items()} == before


def test_deployment_interrupted_at_any_step_can_be_repeated(
    aws: Cloud, built: Path, run: Run, site: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Interrupt before each step in turn, in one account: each run continues where the previous one stopped."""
    for module, name in (
        (stack, "recover_stack"),
        (stack, "deploy"),
        (upload, "upload"),
        (upload, "File"),  # during `upload`
        (upload, "invalidate_cache"),
        (smoke, "run_smoke_test"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, interrupt)
            assert run("--built", str(built)) == 130
    assert run("--built", str(built)) == 0
    assert capfd.readouterr().out == f"{site}\n"
    assert set(objects(aws)) == {file.key for file in upload.files(site)}
    cloudfront = aws.client("cloudfront")
    invalidated = cloudfront.list_invalidations(DistributionId=output(aws, "DistributionId"))["InvalidationList"]
    assert invalidated["Quantity"] == 2  # by the run that reached the smoke test, and by the last run


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_parameters_reach_the_stack(aws: Cloud, built: Path, run: Run) -> None:
    assert run("--built", str(built), "--env", "prod", "--stack", "digits", "MemorySize=2048") == 0
    (stack,) = aws.client("cloudformation").describe_stacks(StackName="digits")["Stacks"]
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    assert (parameters["MemorySize"], parameters["Rollout"]) == ("2048", "Canary10Percent5Minutes")
    assert {"Key": "Environment", "Value": "prod"} in stack["Tags"]


def test_second_spelling_of_tag_fails_deployment(
    aws: Cloud,
    built: Path,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    config = tmp_path / "samconfig.toml"
    config.write_text(SAMCONFIG.read_text().replace("Project=", "project="))
    monkeypatch.setattr(stack, "SAMCONFIG", config)
    assert run("--built", str(built)) == 1
    assert "FunctionRole: duplicate tag key project" in capfd.readouterr().err


def test_resources_have_tags_of_stack(aws: Cloud, built: Path, run: Run) -> None:
    assert run("--built", str(built), "--env", "prod", "--stack", "digits") == 0
    roles = aws.client("iam").list_roles()["Roles"]
    for name in (each["RoleName"] for each in roles if each["RoleName"].startswith("digits-")):
        tags = {each["Key"]: each["Value"] for each in aws.client("iam").list_role_tags(RoleName=name)["Tags"]}
        assert tags == {"Project": "digits", "Stack": "digits", "Environment": "prod"}


def test_architecture_is_kept_from_one_deployment_to_the_next(
    aws: Cloud, built: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    architectures: list[str] = []
    monkeypatch.setattr(stack, "BUILT_TEMPLATE", built)
    monkeypatch.setattr(stack, "build", lambda chosen: architectures.append(chosen.parameters["Architecture"]))
    for given in ((), ("Architecture=arm64",), ()):
        assert run(*given) == 0
        description = aws.client("cloudformation").describe_stacks(StackName="digits")["Stacks"][0]
        assert stack.parameters(description)["Architecture"] == architectures[-1]
    assert architectures == ["x86_64", "arm64", "arm64"]


def test_built_zip_is_deployed_unchanged(aws: Cloud, built: Path, run: Run) -> None:
    """deploy.yml attests the zip: its digest must be the function's CodeSha256."""
    code = built.with_name("function.zip")
    with zipfile.ZipFile(code, "w") as file:
        file.writestr("function.py", "")
    template = json.loads(built.read_text())
    template["Resources"]["DigitsFunction"]["Properties"]["Code"] = str(code)
    built.write_text(json.dumps(template))
    assert run("--built", str(built)) == 0
    deployed = aws.client("lambda").get_function(FunctionName=output(aws, "FunctionName"))["Configuration"]
    assert deployed["CodeSha256"] == base64.b64encode(hashlib.sha256(code.read_bytes()).digest()).decode()


def test_release_of_stack_is_recorded(
    aws: Cloud, built: Path, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("release") == 0
    assert capfd.readouterr().out == "\n"  # no stack
    monkeypatch.setattr(settings, "release", lambda: "v1.1.0")
    assert run("--built", str(built)) == 0
    capfd.readouterr()
    assert run("release") == 0
    assert capfd.readouterr().out == "v1.1.0\n"
