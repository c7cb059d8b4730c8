"""template.yaml describes the site that serve.py serves here."""

import json
import os
import re
import subprocess
from pathlib import Path

from serve import MODELS, PAGE, PUBLISHED, SECURITY_HEADERS
from tests.sam_local.sam import SAM
from tests.template import ROOT, load, resource


def test_it_is_valid_without_a_message(tmp_path: Path) -> None:
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}
    linted = subprocess.run([SAM, "validate", "--lint"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (linted.returncode, linted.stderr) == (0, "")
    assert linted.stdout.strip() == f"{ROOT / 'template.yaml'} is a valid SAM Template"


def test_the_page_has_the_headers_of_serve() -> None:
    policy = resource("PageHeaders")["ResponseHeadersPolicyConfig"]
    headers = policy["SecurityHeadersConfig"]
    assert {
        **{item["Header"]: item["Value"] for item in policy["CustomHeadersConfig"]["Items"]},
        "Content-Security-Policy": headers["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "Referrer-Policy": headers["ReferrerPolicy"]["ReferrerPolicy"],
        "X-Content-Type-Options": "nosniff" if "ContentTypeOptions" in headers else "",
    } == SECURITY_HEADERS


def test_one_site_has_the_page_and_the_api() -> None:
    site = resource("Site")["DistributionConfig"]
    (api,) = site["CacheBehaviors"]
    assert (site["DefaultCacheBehavior"]["TargetOriginId"], api["PathPattern"], api["TargetOriginId"]) == (
        "page",
        "/api/*",
        "api",
    )


def test_every_path_of_the_api_is_the_functions() -> None:
    event = resource("DigitsFunction")["Events"]["Api"]["Properties"]
    assert (event["Path"], event["Method"]) == ("/api/{proxy+}", "ANY")
    assert resource("HttpApi")["StageName"] == "$default"


def test_what_serve_serves_is_uploaded() -> None:
    lines = subprocess.run(["make", "-n", "deploy"], cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    models, page = (line.split(" --cache-control ")[0] for line in lines if line.startswith("aws s3 sync"))
    assert models.startswith(f"aws s3 sync {MODELS.relative_to(ROOT)} ")
    assert re.findall(r"--(?:exclude|include) (\S+)", models) == ['"*"', *(Path(path).name for path in PUBLISHED)]
    assert {str(Path(path).parent) for path in PUBLISHED} == {"/models"}
    assert '/models" --exclude' in models
    assert page.startswith(f"aws s3 sync {PAGE.relative_to(ROOT)} ")
    assert page.endswith('--delete --exclude "models/*"')


def test_outputs_name_what_deploy_needs() -> None:
    assert set(load()["Outputs"]) == {"SiteUrl", "ApiUrl", "PageBucket", "DistributionId"}


def test_every_metric_is_of_a_field_that_the_log_has() -> None:
    filters = [named for named in load()["Resources"].values() if named["Type"] == "AWS::Logs::MetricFilter"]
    fields = set(re.findall(r"\$\.([\w.]+)", json.dumps(filters)))
    steps = {f"milliseconds.{step}" for step in ("decode", "normalize", "run")}
    assert fields == {"status", "model"} | steps  # tests/digits/test_telemetry.py
