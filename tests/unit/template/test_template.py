"""template.yaml describes the site that serve.py serves here, and what CloudFormation makes of it can be let alone."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from graphlib import TopologicalSorter
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]
from fastapi.testclient import TestClient

from digits.app import app
from serve import SECURITY_HEADERS
from tests.support.require import require
from tests.support.sam_local.sam import SAM
from tests.support.template import ACCOUNT, REGION, ROOT, STACK, load, made, refused, resource, transformed

CHECKOV = ROOT / ".venv" / "checkov" / "bin" / "checkov"
GIVEN = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/0123"
DOMAIN = {"DomainName": "digits.example.com"}
BUCKETS = ("PageBucket", "ModelBucket")
METRICS = {  # AWS's own: the documentation of each service lists them
    "AWS/ApiGateway": {"Count", "4xx", "5xx", "Latency", "IntegrationLatency"},
    "AWS/CloudFront": {"Requests", "4xxErrorRate", "5xxErrorRate"},
    "AWS/Lambda": {"ConcurrentExecutions", "Duration", "Errors", "Throttles"},
}
HARMLESS = {  # what the access log may tell: nothing of the address, which may hold a drawing, nor of who called
    "error.message",
    "httpMethod",
    "integration.requestId",
    "integrationErrorMessage",
    "integrationLatency",
    "requestId",
    "requestTime",
    "responseLatency",
    "responseLength",
    "routeKey",
    "status",
}


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    """The properties of every resource of one type, by name."""
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == f"AWS::{kind}"}


def needed(value: Any, names: set[str]) -> Iterator[str]:
    """The names that a value refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case dict():
            for inner in value.values():
                yield from needed(inner, names)
        case list():
            for inner in value:
                yield from needed(inner, names)
        case str():
            yield from names & set(re.findall(r"\$\{(\w+)", value))


# What judges it


def test_it_is_valid_without_a_message() -> None:
    environment = {**os.environ, "AWS_DEFAULT_REGION": REGION, "SAM_CLI_TELEMETRY": "0"}
    linted = subprocess.run([SAM, "validate", "--lint"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (linted.returncode, linted.stderr) == (0, "")
    assert linted.stdout.strip() == f"{ROOT / 'template.yaml'} is a valid SAM Template"


def test_checkov_finds_nothing_and_every_exception_is_needed_and_has_its_reason() -> None:
    require(CHECKOV.exists(), "checkov is not installed", "make check-template")
    command = [
        str(CHECKOV),
        "--file",
        "template.yaml",
        "--framework",
        "cloudformation",
        "--output",
        "json",
        "--skip-download",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    found = json.loads(done.stdout)["results"]
    assert (done.returncode, found["failed_checks"], found["parsing_errors"]) == (0, [], [])
    skipped = {
        (check["resource"].split(".")[-1], check["check_id"], check["check_result"]["suppress_comment"])
        for check in found["skipped_checks"]
    }
    assert skipped == {
        (name, skip["id"], skip["comment"])
        for name, each in load()["Resources"].items()
        for skip in each.get("Metadata", {}).get("checkov", {}).get("skip", [])
    }
    assert all(len(comment) > 30 for _, _, comment in skipped)


# Parameters and outputs


def test_every_parameter_says_what_it_is_and_is_used() -> None:
    template = load()
    rest = json.dumps({name: template[name] for name in ("Rules", "Conditions", "Resources")})
    for name, parameter in template["Parameters"].items():
        default = str(parameter["Default"]) or "empty"
        assert default.lower() in parameter["Description"].lower(), name
        assert f'{{"Ref": "{name}"}}' in rest or f"${{{name}}}" in rest, name


def test_outputs_name_what_deploy_needs() -> None:
    assert set(load()["Outputs"]) == {
        "SiteUrl",
        "ApiUrl",
        "PageBucket",
        "ModelBucket",
        "ModelUri",
        "DistributionId",
        "FunctionName",
        "Dashboard",
    }


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        (
            "ModelUri",
            ["", "s3://bucket/models", "s3://a.b-c/one/two"],
            ["s3://bucket", "s3://bucket/", "bucket/models"],
        ),
        ("AlarmEmail", ["", "me@example.com"], ["me", "me@", "me @example.com"]),
        ("DomainName", ["", "digits.example.com"], ["digits", "https://digits.example.com", "digits.example.com."]),
        ("CertificateArn", ["", GIVEN], [GIVEN.replace("us-east-1", "eu-west-1"), "certificate/0123"]),
        ("HostedZoneId", ["", "Z0123456789ABCDEFGHIJ"], ["/hostedzone/Z01", "example.com"]),
    ],
)
def test_a_parameter_takes_what_it_can_use(name: str, good: list[str], bad: list[str]) -> None:
    pattern = load()["Parameters"][name]["AllowedPattern"]
    assert [value for value in (*good, *bad) if re.fullmatch(pattern, value)] == good


def test_a_domain_needs_a_certificate_that_cloudfront_can_read() -> None:
    assert refused() == refused(**DOMAIN, HostedZoneId="Z1") == refused(**DOMAIN, CertificateArn=GIVEN) == []
    assert refused(**DOMAIN, CertificateArn=GIVEN, **{"AWS::Region": "eu-west-1"}) == []
    assert refused(**DOMAIN) == [
        "DomainName needs a certificate. Give CertificateArn, or HostedZoneId to have one made.",
    ]
    assert refused(**DOMAIN, HostedZoneId="Z1", **{"AWS::Region": "eu-west-1"}) == [
        "CloudFront reads certificates in us-east-1 alone. Deploy there, or give CertificateArn."
    ]


# The function and its releases


def test_a_release_is_a_version_that_the_alias_goes_over_to_unless_an_alarm_rings() -> None:
    resources = made(Rollout="Canary10Percent5Minutes")
    ((version, published),) = (
        (name, each) for name, each in resources.items() if each["Type"] == "AWS::Lambda::Version"
    )
    assert published["DeletionPolicy"] == "Delete"
    alias = resources["DigitsFunctionAliaslive"]
    assert alias["Properties"]["FunctionVersion"] == {"Fn::GetAtt": [version, "Version"]}
    assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"] == {
        "ApplicationName": {"Ref": "ServerlessDeploymentApplication"},
        "DeploymentGroupName": {"Ref": "DigitsFunctionDeploymentGroup"},
    }
    group = resources["DigitsFunctionDeploymentGroup"]["Properties"]
    assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
    assert group["AutoRollbackConfiguration"]["Enabled"]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    assert [alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]] == [
        "ErrorsAlarm",
        "LatencyAlarm",
        "ThrottlesAlarm",
    ]
    assert group["ServiceRoleArn"] == {"Fn::GetAtt": ["RolloutRole", "Arn"]}


def test_the_api_calls_the_alias() -> None:
    ((path, methods),) = made()["HttpApi"]["Properties"]["Body"]["paths"].items()
    ((method, called),) = methods.items()
    assert (path, method) == ("/api/{proxy+}", "x-amazon-apigateway-any-method")
    assert "${DigitsFunctionAliaslive}" in called["x-amazon-apigateway-integration"]["uri"]
    assert resource("HttpApi")["StageName"] == "$default"


@pytest.mark.parametrize(
    "changed",
    [
        {"Architecture": "arm64"},
        {"MemorySize": 2048},
        {"SnapStart": "PublishedVersions"},
        {"LogLevel": "DEBUG"},
        {"ModelUri": "s3://bucket/models"},
        {"Tracing": "PassThrough"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_change_of_a_parameter_alone_publishes_a_version(changed: dict[str, Any]) -> None:
    before, after = (set(of_type(made(**given), "Lambda::Version")) for given in ({}, changed))
    assert before.isdisjoint(after)
    description = made(**changed)["DigitsFunction"]["Properties"]["Description"]
    assert str(*changed.values()) in description  # or Lambda might see nothing to publish
    assert len(description) <= 256 - load()["Parameters"]["ModelUri"]["MaxLength"] + len(changed.get("ModelUri", ""))


def test_a_change_beside_the_function_publishes_none() -> None:
    (before, after) = (
        set(of_type(made(**given), "Lambda::Version"))
        for given in ({}, {"ThrottleRate": 7, "ReservedConcurrency": 5, "AlarmEmail": "me@example.com", **DOMAIN})
    )
    assert before == after


def test_models_are_named_to_the_function_only_where_they_are_given() -> None:
    plain, given = (made(ModelUri=uri)["DigitsFunction"]["Properties"] for uri in ("", "s3://bucket/models"))
    assert "MODEL_URI" not in plain["Environment"]["Variables"]
    assert given["Environment"]["Variables"]["MODEL_URI"] == "s3://bucket/models"


def test_concurrency_is_reserved_only_where_it_is_given() -> None:
    plain, given = (made(ReservedConcurrency=number)["DigitsFunction"]["Properties"] for number in (0, 5))
    assert "ReservedConcurrentExecutions" not in plain
    assert given["ReservedConcurrentExecutions"] == "5"


def test_nothing_waits_for_itself() -> None:
    resources = transformed()["Resources"]
    names = set(resources)
    order = TopologicalSorter({name: names & set(needed(each, names)) for name, each in resources.items()})
    assert set(order.static_order()) == names  # raises CycleError


# The API


def test_cors_of_the_api_equals_that_of_the_application() -> None:
    client = TestClient(app)
    asked = {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
    asked["Access-Control-Request-Headers"] = "x-anything"
    preflight = client.options("/api/compare", headers=asked).headers
    exposed = client.get("/api/models", headers=asked).headers["access-control-expose-headers"]
    cors = made()["HttpApi"]["Properties"]["Body"]["x-amazon-apigateway-cors"]
    assert cors["allowOrigins"] == [preflight["access-control-allow-origin"]] == ["*"]
    assert set(cors["allowMethods"]) == set(preflight["access-control-allow-methods"].split(", "))
    assert (cors["allowHeaders"], preflight["access-control-allow-headers"]) == (["*"], "x-anything")
    assert set(cors["exposeHeaders"]) == set(exposed.split(", "))
    assert str(cors["maxAge"]) == preflight["access-control-max-age"]
    own = made(AllowedOrigin="https://example.com")["HttpApi"]["Properties"]["Body"]["x-amazon-apigateway-cors"]
    assert own["allowOrigins"] == ["https://example.com"]


def test_the_api_is_throttled() -> None:
    stage = made(ThrottleRate=7, ThrottleBurst=9)["HttpApiApiGatewayDefaultStage"]["Properties"]
    assert stage["DefaultRouteSettings"] == {
        "DetailedMetricsEnabled": False,
        "ThrottlingBurstLimit": "9",
        "ThrottlingRateLimit": "7",
    }


def test_the_access_log_is_json_and_tells_nothing_of_the_drawing() -> None:
    settings = made()["HttpApiApiGatewayDefaultStage"]["Properties"]["AccessLogSettings"]
    assert settings["DestinationArn"] == {"Fn::GetAtt": ["AccessLog", "Arn"]}
    fields = json.loads(settings["Format"])
    assert "\n" not in settings["Format"]  # a line a request
    assert {field.removeprefix("$context.") for field in fields.values()} == HARMLESS


# Logs, metrics, alarms


def test_logs_go_after_a_month_and_with_the_stack() -> None:
    logs = of_type(made(), "Logs::LogGroup")
    assert {name: log["RetentionInDays"] for name, log in logs.items()} == {"Log": 30, "AccessLog": 30}
    config = made(LogLevel="DEBUG")["DigitsFunction"]["Properties"]["LoggingConfig"]
    assert (config["LogFormat"], config["LogGroup"], config["ApplicationLogLevel"]) == ("JSON", {"Ref": "Log"}, "DEBUG")


def test_every_metric_is_of_a_field_that_the_log_has() -> None:
    fields = set(re.findall(r"\$\.([\w.]+)", json.dumps(of_type(load()["Resources"], "Logs::MetricFilter"))))
    steps = {f"milliseconds.{step}" for step in ("decode", "normalize", "run")}
    assert fields == {"status", "model"} | steps  # tests/unit/digits/http/test_middleware.py


def test_every_alarm_and_every_curve_is_of_a_metric_that_there_is() -> None:
    resources = made()
    filters = of_type(resources, "Logs::MetricFilter").values()
    own = {change["MetricName"] for each in filters for change in each["MetricTransformations"]}
    there = {**METRICS, STACK: own}
    used = [
        metric if "MetricName" in metric else metric["MetricStat"]["Metric"]
        for alarm in of_type(resources, "CloudWatch::Alarm").values()
        for metric in alarm.get("Metrics", [alarm])
        if "Expression" not in metric
    ]
    pairs = [(metric["Namespace"], metric["MetricName"]) for metric in used]
    widgets = json.loads(resources["Dashboard"]["Properties"]["DashboardBody"])["widgets"]
    pairs += [(curve[0], curve[1]) for widget in widgets for curve in widget["properties"].get("metrics", [])]
    assert [pair for pair in pairs if pair[1] not in there[pair[0]]] == []
    assert own <= {name for namespace, name in pairs if namespace == STACK}


def test_the_dashboard_shows_every_alarm_in_a_place_of_its_own() -> None:
    resources = made()
    widgets = json.loads(resources["Dashboard"]["Properties"]["DashboardBody"])["widgets"]
    assert widgets[-1]["properties"]["alarms"] == [
        f"${{{name}.Arn}}" for name in of_type(resources, "CloudWatch::Alarm")
    ]
    places = [(widget["x"] + x, widget["y"] + y) for widget in widgets for x in range(widget["width"]) for y in (0, 1)]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) == 23


def test_an_alarm_tells_people_and_is_silent_where_nobody_asks() -> None:
    alarms = of_type(made(), "CloudWatch::Alarm")
    assert set(alarms) == {"ErrorsAlarm", "LatencyAlarm", "ThrottlesAlarm"}
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "Alarms"}]
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["DatapointsToAlarm"] > 1
    live = {"Name": "Resource", "Value": "${DigitsFunction}:live"}
    dimensions = [alarms[name]["Dimensions"] for name in ("LatencyAlarm", "ThrottlesAlarm")]
    dimensions.append(alarms["ErrorsAlarm"]["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"])
    assert all(live in named for named in dimensions)


def test_email_is_sent_only_where_it_is_given() -> None:
    assert "AlarmsToEmail" not in made()
    assert made(AlarmEmail="me@example.com")["AlarmsToEmail"]["Properties"]["Endpoint"] == "me@example.com"


# Buckets


@pytest.mark.parametrize("name", BUCKETS)
def test_a_bucket_is_private_encrypted_versioned_and_tidy(name: str) -> None:
    bucket = made()[name]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    (encrypted,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encrypted["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (tidy,) = bucket["LifecycleConfiguration"]["Rules"]
    assert tidy["Status"] == "Enabled"
    assert {"NoncurrentVersionExpiration", "ExpiredObjectDeleteMarker", "AbortIncompleteMultipartUpload"} <= set(tidy)
    assert not {"ExpirationInDays", "ExpirationDate"} & set(tidy)  # what is current stays


def test_nothing_outlives_the_stack_unasked() -> None:
    resources = transformed()["Resources"]
    kept = {name for name, each in resources.items() if {"Retain", "Snapshot"} & {*map(str, each.values())}}
    assert kept == set()


# CloudFront and the domain


def test_the_page_has_the_headers_of_serve() -> None:
    policy = resource("PageHeaders")["ResponseHeadersPolicyConfig"]
    headers = policy["SecurityHeadersConfig"]
    assert {
        **{item["Header"]: item["Value"] for item in policy["CustomHeadersConfig"]["Items"]},
        "Content-Security-Policy": headers["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "Referrer-Policy": headers["ReferrerPolicy"]["ReferrerPolicy"],
        "X-Content-Type-Options": "nosniff" if "ContentTypeOptions" in headers else "",
    } == SECURITY_HEADERS
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31536000  # seconds: a year


def test_one_site_has_the_page_and_the_api() -> None:
    site = resource("Site")["DistributionConfig"]
    page, (api,) = site["DefaultCacheBehavior"], site["CacheBehaviors"]
    assert (page["TargetOriginId"], api["PathPattern"], api["TargetOriginId"]) == ("page", "/api/*", "api")
    assert (page["Compress"], page["ViewerProtocolPolicy"]) == (True, "redirect-to-https")
    assert page["CachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"  # Managed-CachingOptimized
    assert api["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # Managed-CachingDisabled
    assert "POST" in api["AllowedMethods"]
    assert "ResponseHeadersPolicyId" not in api  # it would replace the Content-Security-Policy of /api/docs
    assert site["HttpVersion"] == "http2and3"
    assert "CustomErrorResponses" not in site  # they would stand in the place of the API's problems


def test_without_a_domain_there_is_nothing_of_one() -> None:
    resources = made()
    site = resources["Site"]["Properties"]["DistributionConfig"]
    assert not {"Aliases", "ViewerCertificate"} & set(site)
    assert not {"Certificate", "Address"} & set(resources)


def test_a_domain_takes_the_certificate_that_is_given_and_leaves_the_records_to_others() -> None:
    resources = made(**DOMAIN, CertificateArn=GIVEN)
    site = resources["Site"]["Properties"]["DistributionConfig"]
    assert site["Aliases"] == ["digits.example.com"]
    assert site["ViewerCertificate"] == {
        "AcmCertificateArn": GIVEN,
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }
    assert not {"Certificate", "Address"} & set(resources)


def test_a_domain_with_its_zone_gets_a_certificate_and_both_records() -> None:
    resources = made(**DOMAIN, HostedZoneId="Z1")
    site = resources["Site"]["Properties"]["DistributionConfig"]
    assert site["ViewerCertificate"]["AcmCertificateArn"] == {"Ref": "Certificate"}
    assert resources["Certificate"]["Properties"]["ValidationMethod"] == "DNS"
    records = resources["Address"]["Properties"]["RecordSets"]
    assert [(record["Type"], record["Name"]) for record in records] == [
        ("A", "digits.example.com"),
        ("AAAA", "digits.example.com"),
    ]
    with_both = made(**DOMAIN, HostedZoneId="Z1", CertificateArn=GIVEN)
    assert "Certificate" not in with_both
    assert "Address" in with_both


# Costs


def test_everything_that_takes_tags_tells_the_project_and_the_stack() -> None:
    for name, each in made(**DOMAIN, HostedZoneId="Z1", AlarmEmail="me@example.com").items():
        if "Tags" not in PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, each["Type"]).schema["properties"]:
            continue
        tags = each["Properties"].get("Tags", {})
        if each["Type"] == "AWS::ApiGatewayV2::Api":  # SAM writes them within
            tags = {tag["name"]: tag["x-amazon-apigateway-tag-value"] for tag in each["Properties"]["Body"]["tags"]}
        if isinstance(tags, list):
            tags = {tag["Key"]: tag["Value"] for tag in tags}
        assert {"Project": "digits", "Stack": STACK}.items() <= tags.items(), name


# What is uploaded
