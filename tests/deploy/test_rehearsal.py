"""`python -m deploy` from an empty account to a live site and back, against moto's server."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy import __main__ as deploy
from deploy import page
from deploy.page import CACHE
from serve import MODELS, PAGE, PUBLISHED
from tests.deploy.cloud import ACCOUNT, REGION, Cloud, absent, transformed
from tests.deploy.conftest import Run


def bucket(aws: Cloud, output: str = "PageBucket") -> str:
    outputs = aws.client("cloudformation").describe_stacks(StackName="digits")["Stacks"][0]["Outputs"]
    return next(str(each["OutputValue"]) for each in outputs if each["OutputKey"] == output)


def objects(aws: Cloud) -> dict[str, Any]:
    """What the page's bucket holds, as CloudFront reads it."""
    s3, name = aws.client("s3"), bucket(aws)
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=name).get("Contents", [])]
    return {key: s3.get_object(Bucket=name, Key=key) for key in keys}


def stacks(aws: Cloud) -> list[str]:
    found = aws.client("cloudformation").describe_stacks()["Stacks"]
    return sorted(each["StackName"] for each in found if each["StackName"].startswith("digits"))


def test_what_moto_cannot_make(aws: Cloud, tmp_path: Path) -> None:
    """A moto that learns one of these makes this fail: take its name out."""
    assert set(absent(transformed(tmp_path)).values()) == {
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Stage",
        "AWS::CloudFront::Distribution",
        "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::Lambda::Alias",
        "AWS::Logs::MetricFilter",
        "AWS::S3::BucketPolicy",
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
    assert kinds["main.js"] == "text/javascript; charset=utf-8"
    assert kinds["models/mlp.onnx"] == "application/octet-stream"
    assert kinds["favicon.svg"].startswith("image/svg+xml")
    assert there["models/mlp.onnx"]["Body"].read() == (MODELS / "mlp.onnx").read_bytes()
    invalidations = aws.client("cloudfront").list_invalidations(DistributionId=bucket(aws, "DistributionId"))
    assert invalidations["InvalidationList"]["Quantity"] == 1


def test_again_uploads_nothing_and_a_change_alone(
    aws: Cloud, built: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "frontend"
    copy.mkdir()
    for name in ("index.html", "sw.js", "style.css", "main.js"):
        (copy / name).write_bytes((PAGE / name).read_bytes())
    (copy / ".DS_Store").write_text("no part of the page")
    monkeypatch.setattr(page, "PAGE", copy)
    assert run("--built", str(built)) == 0
    assert "The page: 6 files uploaded, 0 removed, 0 as they were." in capfd.readouterr().err
    assert run("--built", str(built)) == 0
    assert "The page: all 6 files are as they were, nothing uploaded." in capfd.readouterr().err
    (copy / "style.css").write_text("body { color: red }")
    (copy / "main.js").unlink()
    assert run("--built", str(built)) == 0
    assert "The page: 1 files uploaded, 1 removed, 4 as they were." in capfd.readouterr().err
    there = objects(aws)
    assert there["style.css"]["Body"].read() == b"body { color: red }"
    assert set(there) == {"index.html", "sw.js", "style.css", "models/manifest.json", "models/mlp.onnx"}


@pytest.mark.parametrize("step", ["stack.make_way", "stack.deploy", "page.upload", "page.invalidate", "smoke"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_cut_off_anywhere_it_can_be_run_again(
    step: str, moment: str, aws: Cloud, built: Path, run: Run, site: str, capfd: pytest.CaptureFixture[str]
) -> None:
    place: Any = deploy
    *path, name = step.split(".")
    for part in path:
        place = getattr(place, part)
    whole = getattr(place, name)

    def cut_off(*arguments: Any) -> Any:
        if moment == "after":
            whole(*arguments)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, name, cut_off)
        assert run("--built", str(built)) == 130
    assert "Traceback" not in capfd.readouterr().err
    assert run("--built", str(built)) == 0
    assert capfd.readouterr().out == f"{site}\n"
    assert len(objects(aws)) == len(page.files(site))


def test_pages_never_ask_for_what_is_not_there(
    aws: Cloud, built: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload that is cut off before the last files has left the old page, or none."""
    puts: list[str] = []
    digest = page.File.digest.fget  # type: ignore[attr-defined]
    order = [file.key for file in page.files("https://site")]
    assert order[-4:] == ["models/manifest.json", "report.html", "index.html", "sw.js"]
    assert digest is not None
    assert run("--built", str(built)) == 0
    times = {
        each["Key"]: each["LastModified"] for each in aws.client("s3").list_objects_v2(Bucket=bucket(aws))["Contents"]
    }
    puts = sorted(times, key=lambda key: (times[key], order.index(key)))
    assert puts[-4:] == order[-4:]


def test_parameters_reach_the_stack(aws: Cloud, built: Path, run: Run) -> None:
    assert run("--built", str(built), "--env", "prod", "--stack", "digits", "MemorySize=2048") == 0
    (found,) = aws.client("cloudformation").describe_stacks(StackName="digits")["Stacks"]
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in found["Parameters"]}
    assert parameters["MemorySize"] == "2048"
    assert {"Key": "environment", "Value": "prod"} in found["Tags"]


def test_the_own_picture_of_a_page_is_named_with_the_sites_address() -> None:
    pages = {file.key: file.body.decode() for file in page.files("https://digits.example")}
    for name in ("index.html", "report.html"):
        assert '<meta property="og:image" content="https://digits.example/social.png">' in pages[name]
    assert 'content="social.png"' in (PAGE / "index.html").read_text()
    manifest = json.loads(pages["models/manifest.json"])
    assert manifest == json.loads((MODELS / "manifest.json").read_text())
