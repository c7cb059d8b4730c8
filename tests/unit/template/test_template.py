"""template.yaml: linters, parameters, releases, API, logs and alarms, buckets, CloudFront, tags."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatchcase
from graphlib import TopologicalSorter
from typing import Any

import pytest
from fastapi.testclient import TestClient

from digits.app import app
from digits.http.origin import HEADER
from server.site import API, PAGE, SECURITY_HEADERS
from tests.support.require import require
from tests.support.sam_local.sam import SAM
from tests.support.template import ACCOUNT, REGION, ROOT, STACK, load, made, resource, transformed, violations

pytestmark = pytest.mark.slow  # the SAM transform takes seconds to import

CHECKOV = ROOT / ".venv" / "checkov" / "bin" / "checkov"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/0123"
DOMAIN = {"DomainName": "digits.example.com"}
BUCKETS = ("PageBucket", "ModelBucket")
METRICS = {  # AWS's metrics that are used, from the documentation of each service
    "AWS/ApiGateway": {"Count", "4xx", "5xx", "Latency", "IntegrationLatency"},
    "AWS/CloudFront": {"Requests", "4xxErrorRate", "5xxErrorRate"},
    "AWS/Lambda": {"ConcurrentExecutions", "Duration", "Errors", "Throttles"},
}
LOG_FIELDS = {  # of the access log: not the URL, which may contain a drawing, nor the client's address
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
    """Return the properties of every resource of one type, by name."""
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == f"AWS::{kind}"}


def references(value: Any, names: set[str]) -> Iterator[str]:
    """Yield the names that a value refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case dict():
            for inner in value.values():
                yield from references(inner, names)
        case list():
            for inner in value:
                yield from references(inner, names)
        case str():
            yield from names & set(re.findall(r"\$\{(\w+)", value))


# Linters


def test_sam_validate_passes_without_warnings() -> None:
    environment = {**os.environ, "AWS_DEFAULT_REGION": REGION, "SAM_CLI_TELEMETRY": "0"}
    linted = subprocess.run([SAM, "validate", "--lint"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (linted.returncode, linted.stderr) == (0, "")
    assert linted.stdout.strip() == f"{ROOT / 'template.yaml'} is a valid SAM Template"


def test_checkov_passes_and_every_skip_is_needed() -> None:
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
    results = json.loads(done.stdout)["results"]
    assert (done.returncode, results["failed_checks"], results["parsing_errors"]) == (0, [], [])
    skipped = {
        (check["resource"].split(".")[-1], check["check_id"], check["check_result"]["suppress_comment"])
        for check in results["skipped_checks"]
    }
    assert skipped == {
        (name, skip["id"], skip["comment"])
        for name, each in load()["Resources"].items()
        for skip in each.get("Metadata", {}).get("checkov", {}).get("skip", [])
    }
    assert all(len(comment) > 30 for _, _, comment in skipped)


# Parameters and outputs


def test_every_parameter_is_used_and_describes_its_default() -> None:
    template = load()
    rest = json.dumps({name: template[name] for name in ("Rules", "Conditions", "Resources")})
    for name, parameter in template["Parameters"].items():
        default = str(parameter["Default"]) or "empty"
        assert default.lower() in parameter["Description"].lower(), name
        assert f'{{"Ref": "{name}"}}' in rest or f"${{{name}}}" in rest, name


def test_outputs_are_those_that_deploy_uses() -> None:
    assert set(load()["Outputs"]) == {
        "SiteUrl",
        "ApiUrl",
        "PageBucket",
        "ModelBucket",
        "ModelUri",
        "Release",
        "DistributionId",
        "FunctionName",
        "Dashboard",
    }


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        (
            "ModelUri",
            ["", "own", "s3://bucket/models", "s3://a.b-c/one/two"],
            ["s3://bucket", "owner", "s3://bucket/", "bucket/models"],
        ),
        ("AlarmEmail", ["", "me@example.com"], ["me", "me@", "me @example.com"]),
        ("DomainName", ["", "digits.example.com"], ["digits", "https://digits.example.com", "digits.example.com."]),
        ("CertificateArn", ["", CERTIFICATE], [CERTIFICATE.replace("us-east-1", "eu-west-1"), "certificate/0123"]),
        ("OriginSecret", ["", "a" * 32, "B" * 128], ["a" * 31, "a" * 129, "a" * 31 + "-"]),
        ("OriginSecretsAccepted", ["", "a" * 32, f"{'a' * 32},{'b' * 32}"], ["a" * 32 + ",", ",".join(["a" * 32] * 3)]),
        ("HostedZoneId", ["", "Z0123456789ABCDEFGHIJ"], ["/hostedzone/Z01", "example.com"]),
    ],
)
def test_parameter_pattern_accepts_only_valid_values(name: str, good: list[str], bad: list[str]) -> None:
    pattern = load()["Parameters"][name]["AllowedPattern"]
    assert [value for value in (*good, *bad) if re.fullmatch(pattern, value)] == good


def test_domain_requires_certificate_in_us_east_1() -> None:
    assert violations() == violations(**DOMAIN, HostedZoneId="Z1") == []
    assert violations(**DOMAIN, CertificateArn=CERTIFICATE) == []
    assert violations(**DOMAIN, CertificateArn=CERTIFICATE, **{"AWS::Region": "eu-west-1"}) == []
    assert violations(**DOMAIN) == [
        "DomainName needs a certificate. Set CertificateArn, or HostedZoneId to create one.",
    ]
    assert violations(**DOMAIN, HostedZoneId="Z1", **{"AWS::Region": "eu-west-1"}) == [
        "CloudFront only uses certificates in us-east-1. Deploy there, or set CertificateArn."
    ]


# The function and its releases


def test_release_moves_alias_to_new_version_and_rolls_back_on_alarm() -> None:
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
        "BeforeAllowTrafficHook": {"Ref": "Hook"},
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
    assert "ApiAlarm" not in str(group["AlarmConfiguration"])  # the API depends on the alias, which depends on these
    assert group["ServiceRoleArn"] == {"Fn::GetAtt": ["RolloutRole", "Arn"]}


def test_api_invokes_the_alias() -> None:
    paths = made()["HttpApi"]["Properties"]["Body"]["paths"]
    for methods in paths.values():
        ((method, called),) = methods.items()
        assert method == "x-amazon-apigateway-any-method"
        assert "${DigitsFunctionAliaslive}" in called["x-amazon-apigateway-integration"]["uri"]
    assert set(paths) == {"/api/{proxy+}", "$default"}
    assert paths["$default"][method]["isDefaultRoute"]
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
        {"Release": "v1.1.0"},
        {"OriginSecretsName": "0a1b2c3d"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_changed_function_parameter_publishes_a_version(changed: dict[str, Any]) -> None:
    before, after = (set(of_type(made(**given), "Lambda::Version")) for given in ({}, changed))
    assert before.isdisjoint(after)
    description = made(**changed)["DigitsFunction"]["Properties"]["Description"]
    assert str(*changed.values()) in description  # otherwise Lambda may find no change to publish
    limits = {name: load()["Parameters"][name]["MaxLength"] for name in ("ModelUri", "Release")}
    longest = {name: "A" * limit for name, limit in limits.items()} | {"SnapStart": "PublishedVersions"}
    longest |= {"OriginSecretsName": "0a1b2c3d", "LogLevel": "ERROR"}
    assert (
        len(made(**longest, Tracing="PassThrough", MemorySize=10240)["DigitsFunction"]["Properties"]["Description"])
        <= 256
    )


def test_change_of_other_parameters_publishes_no_version() -> None:
    (before, after) = (
        set(of_type(made(**given), "Lambda::Version"))
        for given in ({}, {"ThrottleRate": 7, "ReservedConcurrency": 5, "AlarmEmail": "me@example.com", **DOMAIN})
    )
    assert before == after


def test_model_uri_is_in_environment_only_if_set() -> None:
    plain, given = (made(ModelUri=uri)["DigitsFunction"]["Properties"] for uri in ("", "s3://bucket/models"))
    assert "MODEL_URI" not in plain["Environment"]["Variables"]
    assert given["Environment"]["Variables"]["MODEL_URI"] == "s3://bucket/models"


def test_own_models_are_in_bucket_of_stack() -> None:
    resources = made(ModelUri="own")
    assert resources["DigitsFunction"]["Properties"]["Environment"]["Variables"]["MODEL_URI"] == (
        "s3://${ModelBucket}/models"
    )
    (policy,) = resources["FunctionRole"]["Properties"]["Policies"]
    (read,) = (each for each in policy["PolicyDocument"]["Statement"] if each["Action"] == "s3:GetObject")
    assert read["Resource"] == "${ModelBucket.Arn}/models/*"


def test_concurrency_is_reserved_only_if_set() -> None:
    plain, given = (made(ReservedConcurrency=number)["DigitsFunction"]["Properties"] for number in (0, 5))
    assert "ReservedConcurrentExecutions" not in plain
    assert given["ReservedConcurrentExecutions"] == "5"


def test_resources_have_no_circular_dependency() -> None:
    resources = transformed()["Resources"]
    names = set(resources)
    order = TopologicalSorter({name: names & set(references(each, names)) for name, each in resources.items()})
    assert set(order.static_order()) == names  # raises CycleError


# The API


def test_cors_of_api_equals_that_of_application() -> None:
    client = TestClient(app)
    headers = {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
    headers["Access-Control-Request-Headers"] = "x-anything"
    preflight = client.options("/api/compare", headers=headers).headers
    exposed = client.get("/api/models", headers=headers).headers["access-control-expose-headers"]
    cors = made()["HttpApi"]["Properties"]["Body"]["x-amazon-apigateway-cors"]
    assert cors["allowOrigins"] == [preflight["access-control-allow-origin"]] == ["*"]
    assert set(cors["allowMethods"]) == set(preflight["access-control-allow-methods"].split(", "))
    assert (cors["allowHeaders"], preflight["access-control-allow-headers"]) == (["*"], "x-anything")
    assert set(cors["exposeHeaders"]) == set(exposed.split(", "))
    assert str(cors["maxAge"]) == preflight["access-control-max-age"]
    own = made(AllowedOrigin="https://example.com")["HttpApi"]["Properties"]["Body"]["x-amazon-apigateway-cors"]
    assert own["allowOrigins"] == ["https://example.com"]


def test_api_is_throttled() -> None:
    stage = made(ThrottleRate=7, ThrottleBurst=9)["HttpApiApiGatewayDefaultStage"]["Properties"]
    assert stage["DefaultRouteSettings"] == {
        "DetailedMetricsEnabled": False,
        "ThrottlingBurstLimit": "9",
        "ThrottlingRateLimit": "7",
    }


def test_access_log_is_json_without_url_and_client_address() -> None:
    settings = made()["HttpApiApiGatewayDefaultStage"]["Properties"]["AccessLogSettings"]
    assert settings["DestinationArn"] == {"Fn::GetAtt": ["AccessLog", "Arn"]}
    fields = json.loads(settings["Format"])
    assert "\n" not in settings["Format"]  # one line a request
    assert {field.removeprefix("$context.") for field in fields.values()} == LOG_FIELDS


# Logs, metrics, alarms


def test_logs_are_kept_for_30_days() -> None:
    logs = of_type(made(), "Logs::LogGroup")
    assert {name: log["RetentionInDays"] for name, log in logs.items()} == {"Log": 30, "AccessLog": 30}
    config = made(LogLevel="DEBUG")["DigitsFunction"]["Properties"]["LoggingConfig"]
    assert (config["LogFormat"], config["LogGroup"], config["ApplicationLogLevel"]) == ("JSON", {"Ref": "Log"}, "DEBUG")


def test_every_metric_uses_a_logged_field() -> None:
    fields = set(re.findall(r"\$\.([\w.]+)", json.dumps(of_type(load()["Resources"], "Logs::MetricFilter"))))
    steps = {f"milliseconds.{step}" for step in ("decode", "normalize", "run")}
    assert fields == {"status", "cold", "model"} | steps  # tests/unit/digits/http/test_middleware.py


def test_alarms_and_dashboard_use_existing_metrics() -> None:
    resources = made()
    filters = of_type(resources, "Logs::MetricFilter").values()
    own = {change["MetricName"] for each in filters for change in each["MetricTransformations"]}
    emitted = {**METRICS, STACK: own}
    used = [
        metric if "MetricName" in metric else metric["MetricStat"]["Metric"]
        for alarm in of_type(resources, "CloudWatch::Alarm").values()
        for metric in alarm.get("Metrics", [alarm])
        if "Expression" not in metric
    ]
    pairs = [(metric["Namespace"], metric["MetricName"]) for metric in used]
    widgets = json.loads(resources["Dashboard"]["Properties"]["DashboardBody"])["widgets"]
    pairs += [(curve[0], curve[1]) for widget in widgets for curve in widget["properties"].get("metrics", [])]
    assert [pair for pair in pairs if pair[1] not in emitted[pair[0]]] == []
    assert own <= {name for namespace, name in pairs if namespace == STACK}


def test_dashboard_shows_run_of_each_logged_model() -> None:
    """`model` is "mlp,tree" in the log of /api/compare: tests/unit/digits/http/test_middleware.py."""
    widgets = json.loads(made()["Dashboard"]["Properties"]["DashboardBody"])["widgets"]
    curves = [curve for widget in widgets for curve in widget["properties"].get("metrics", [])]
    assert {curve[3] for curve in curves if curve[1] == "Run"} == {"mlp", "tree", "mlp,tree"}


def test_dashboard_shows_every_alarm_without_overlap() -> None:
    resources = made()
    widgets = json.loads(resources["Dashboard"]["Properties"]["DashboardBody"])["widgets"]
    assert widgets[-1]["properties"]["alarms"] == [
        f"${{{name}.Arn}}" for name in of_type(resources, "CloudWatch::Alarm")
    ]
    places = [(widget["x"] + x, widget["y"] + y) for widget in widgets for x in range(widget["width"]) for y in (0, 1)]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) == 23


def test_alarms_notify_and_ignore_missing_data() -> None:
    alarms = of_type(made(), "CloudWatch::Alarm")
    assert set(alarms) == {"ApiAlarm", "ErrorsAlarm", "LatencyAlarm", "ThrottlesAlarm"}
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "Alarms"}]
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["DatapointsToAlarm"] > 1
    live = {"Name": "Resource", "Value": "${DigitsFunction}:live"}
    dimensions = [alarms[name]["Dimensions"] for name in ("LatencyAlarm", "ThrottlesAlarm")]
    dimensions.append(alarms["ErrorsAlarm"]["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"])
    assert all(live in named for named in dimensions)


def test_email_subscription_exists_only_if_set() -> None:
    assert "AlarmsToEmail" not in made()
    assert made(AlarmEmail="me@example.com")["AlarmsToEmail"]["Properties"]["Endpoint"] == "me@example.com"


def test_budget_is_mailed_to_address_of_alarms() -> None:
    assert "Budget" not in made(AlarmEmail="me@example.com")
    assert violations(MonthlyBudget=20) == ["MonthlyBudget needs AlarmEmail, the address for its mail."]
    assert violations(MonthlyBudget=20, AlarmEmail="me@example.com") == []
    budget = made(MonthlyBudget=20, AlarmEmail="me@example.com")["Budget"]["Properties"]
    assert budget["Budget"]["BudgetLimit"] == {"Amount": "20", "Unit": "USD"}
    notifications = [
        (each["Notification"]["NotificationType"], each["Notification"]["Threshold"], each["Subscribers"][0]["Address"])
        for each in budget["NotificationsWithSubscribers"]
    ]
    assert notifications == [("ACTUAL", 80, "me@example.com"), ("FORECASTED", 100, "me@example.com")]


# Buckets


@pytest.mark.parametrize("name", BUCKETS)
def test_bucket_is_private_encrypted_versioned_and_expires_old_versions(name: str) -> None:
    bucket = made()[name]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    (encrypted,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encrypted["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["Status"] == "Enabled"
    assert {"NoncurrentVersionExpiration", "ExpiredObjectDeleteMarker", "AbortIncompleteMultipartUpload"} <= set(rule)
    assert not {"ExpirationInDays", "ExpirationDate"} & set(rule)  # current versions stay


def test_no_resource_is_retained_after_deletion() -> None:
    resources = transformed()["Resources"]
    retained = {name for name, each in resources.items() if {"Retain", "Snapshot"} & {*map(str, each.values())}}
    assert retained == set()


# CloudFront and the domain


def test_security_headers_equal_those_of_serve() -> None:
    policy = resource("PageHeaders")["ResponseHeadersPolicyConfig"]
    headers = policy["SecurityHeadersConfig"]
    assert {
        **{item["Header"]: item["Value"] for item in policy["CustomHeadersConfig"]["Items"]},
        "Content-Security-Policy": headers["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "Referrer-Policy": headers["ReferrerPolicy"]["ReferrerPolicy"],
        "X-Content-Type-Options": "nosniff" if "ContentTypeOptions" in headers else "",
    } == SECURITY_HEADERS
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31536000  # seconds: a year


def test_distribution_serves_page_and_api() -> None:
    site = resource("Site")["DistributionConfig"]
    page, (api, original) = site["DefaultCacheBehavior"], site["CacheBehaviors"]
    assert (page["TargetOriginId"], api["PathPattern"], api["TargetOriginId"]) == ("page", "/api/*", "api")
    assert original == api | {"PathPattern": "/predict*/"}
    assert all(fnmatchcase(path, "/api/*") or fnmatchcase(path, "/predict*/") for path in API)
    assert not [file for file in PAGE.iterdir() if file.name.startswith("predict")]  # the API would serve it
    assert (page["Compress"], page["ViewerProtocolPolicy"]) == (True, "redirect-to-https")
    assert page["CachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"  # Managed-CachingOptimized
    assert api["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # Managed-CachingDisabled
    assert "POST" in api["AllowedMethods"]
    assert site["HttpVersion"] == "http2and3"
    assert "CustomErrorResponses" not in site  # they would replace the API's error responses


def test_api_has_security_headers_and_keeps_policy_of_documentation() -> None:
    assert resource("Site")["DistributionConfig"]["CacheBehaviors"][0]["ResponseHeadersPolicyId"] == {
        "Ref": "ApiHeaders"
    }
    policy = resource("ApiHeaders")["ResponseHeadersPolicyConfig"]
    headers = policy["SecurityHeadersConfig"]
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31536000  # seconds: a year
    assert headers["ContentTypeOptions"]["Override"]
    assert not headers["ContentSecurityPolicy"]["Override"]  # it would replace that of /api/docs
    assert "default-src 'none'" in headers["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert not {"CustomHeadersConfig", "CorsConfig"} & set(policy)  # other sites may use the API
    assert TestClient(app).get("/api/docs").headers["content-security-policy"].startswith("default-src 'none'; script-")
    assert TestClient(app).get("/api/unknown").headers["x-content-type-options"] == "nosniff"


def test_cloudfront_sends_secret_before_function_checks_it() -> None:
    """CloudFront takes minutes to send another secret everywhere: two deployments, two parameters."""
    secret = "a" * 32
    assert "ORIGIN_SECRETS" not in made()["DigitsFunction"]["Properties"]["Environment"]["Variables"]
    assert "OriginCustomHeaders" not in api_origin()
    assert api_origin(OriginSecret=secret)["OriginCustomHeaders"] == [{"HeaderName": HEADER, "HeaderValue": secret}]
    sent = made(OriginSecret=secret)["DigitsFunction"]["Properties"]["Environment"]["Variables"]
    assert "ORIGIN_SECRETS" not in sent
    both = made(OriginSecret=secret, OriginSecretsAccepted=f"{secret},{'b' * 32}")["DigitsFunction"]["Properties"]
    assert both["Environment"]["Variables"]["ORIGIN_SECRETS"] == f"{secret},{'b' * 32}"
    assert violations(OriginSecretsAccepted=secret) == [
        "OriginSecretsAccepted needs OriginSecret, without which CloudFront's requests are rejected."
    ]
    assert all(load()["Parameters"][name]["NoEcho"] for name in ("OriginSecret", "OriginSecretsAccepted"))


def api_origin(**parameters: str) -> dict[str, Any]:
    origins: list[dict[str, Any]] = made(**parameters)["Site"]["Properties"]["DistributionConfig"]["Origins"]
    return next(each for each in origins if each["Id"] == "api")


def test_no_domain_creates_no_certificate_and_records() -> None:
    resources = made()
    site = resources["Site"]["Properties"]["DistributionConfig"]
    assert not {"Aliases", "ViewerCertificate"} & set(site)
    assert not {"Certificate", "Address"} & set(resources)


def test_domain_with_certificate_creates_no_records() -> None:
    resources = made(**DOMAIN, CertificateArn=CERTIFICATE)
    site = resources["Site"]["Properties"]["DistributionConfig"]
    assert site["Aliases"] == ["digits.example.com"]
    assert site["ViewerCertificate"] == {
        "AcmCertificateArn": CERTIFICATE,
        "MinimumProtocolVersion": "TLSv1.2_2025",
        "SslSupportMethod": "sni-only",
    }
    assert not {"Certificate", "Address"} & set(resources)


def test_domain_with_zone_creates_certificate_and_records() -> None:
    resources = made(**DOMAIN, HostedZoneId="Z1")
    site = resources["Site"]["Properties"]["DistributionConfig"]
    assert site["ViewerCertificate"]["AcmCertificateArn"] == {"Ref": "Certificate"}
    assert resources["Certificate"]["Properties"]["ValidationMethod"] == "DNS"
    records = resources["Address"]["Properties"]["RecordSets"]
    assert [(record["Type"], record["Name"]) for record in records] == [
        ("A", "digits.example.com"),
        ("AAAA", "digits.example.com"),
    ]
    with_both = made(**DOMAIN, HostedZoneId="Z1", CertificateArn=CERTIFICATE)
    assert "Certificate" not in with_both
    assert "Address" in with_both


# Tags


def test_every_taggable_resource_has_project_and_stack_tags() -> None:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

    for name, each in made(**DOMAIN, HostedZoneId="Z1", AlarmEmail="me@example.com").items():
        if "Tags" not in PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, each["Type"]).schema["properties"]:
            continue
        tags = each["Properties"].get("Tags", {})
        if each["Type"] == "AWS::ApiGatewayV2::Api":  # SAM writes them into the body
            tags = {tag["name"]: tag["x-amazon-apigateway-tag-value"] for tag in each["Properties"]["Body"]["tags"]}
        if isinstance(tags, list):
            tags = {tag["Key"]: tag["Value"] for tag in tags}
        assert {"Project": "digits", "Stack": STACK}.items() <= tags.items(), name
