"""template.yaml, samconfig.toml and .github/role.yaml by the rules of tests/support/deploy/aws_rules.py."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.deploy.aws_rules import RULES, Deployment, merged_tags, stack_tags, with_stack_tags
from tests.support.deploy.role import statements
from tests.support.template import REGION, made

pytestmark = pytest.mark.slow  # cfn-lint and the SAM transform take seconds to import

SECRET = "a" * 128
EVERYTHING = {
    "OriginSecret": SECRET,
    "OriginSecretsAccepted": f"{SECRET},{SECRET}",
    "ModelUri": "own",
    "DomainName": "digits.example.com",
    "HostedZoneId": "Z1",
    "AlarmEmail": "me@example.com",
    "MonthlyBudget": 20,
}
STAGE = "AWS::ApiGatewayV2::Stage"


def deployment(env: str, region: str) -> Deployment:
    resources = made(**EVERYTHING, **{"AWS::Region": region})
    return Deployment(resources, stack_tags(env), region, statements())


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(("env", "region"), [("default", REGION), ("prod", "eu-central-1")])
def test_deployment_obeys_rule(name: str, env: str, region: str) -> None:
    assert RULES[name].violations(deployment(env, region)) == []


def test_second_spelling_of_tag_breaks_rule() -> None:
    broken = replace(deployment("default", REGION), tags={"project": "digits"})
    found = RULES["tags"].violations(broken)
    assert {"FunctionRole: duplicate tag key Project", "FunctionRole: duplicate tag key project"} <= set(found)


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ("PageAccess", ("OriginAccessControlConfig", "Name")),
        ("PageHeaders", ("ResponseHeadersPolicyConfig", "Name")),
        ("Dashboard", ("DashboardName",)),
        ("Budget", ("Budget", "BudgetName")),
    ],
)
def test_global_name_without_region_breaks_rule(resource: str, path: tuple[str, ...]) -> None:
    broken = copy.deepcopy(deployment("default", REGION))
    properties: dict[str, Any] = broken.resources[resource]["Properties"]
    for key in path[:-1]:
        properties = properties[key]
    properties[path[-1]] = "digits-page"
    assert RULES["names"].violations(broken) == [f"{resource}: 'digits-page' is global and has no region"]


def test_role_without_tagging_of_stage_breaks_rule() -> None:
    plain = deployment("default", REGION)
    rest = [
        {"Action": [each for each in one["Action"] if each != "apigateway:TagResource"]} for one in plain.statements
    ]
    found = RULES["tagging rights"].violations(replace(plain, statements=rest))
    assert found == [f"{STAGE}: apigateway:TagResource"]


def test_trailing_slash_needs_default_route() -> None:
    broken = copy.deepcopy(deployment("default", REGION))
    paths = broken.resources["HttpApi"]["Properties"]["Body"]["paths"]
    route = paths.pop("$default")
    paths |= {"/predict": route, "/predict/{proxy+}": route, "/predict_nn/": route}
    assert RULES["routes"].violations(broken) == [
        "/api/ has no route",
        "/predict/ has no route",
        "/predict_nn/ ends with a slash",
    ]


def break_quota(resources: dict[str, Any], name: str, number: int) -> None:
    """Exceed one quota of the resources."""
    role, function = (resources[each]["Properties"] for each in ("FunctionRole", "DigitsFunction"))
    site = resources["Site"]["Properties"]["DistributionConfig"]
    match name:
        case "resources":
            resources |= {f"Copy{each}": resources["Log"] for each in range(number - len(resources))}
        case "managed":
            role["ManagedPolicyArns"] = ["arn"] * number
        case "inline":
            document = json.dumps(role["Policies"][0]["PolicyDocument"], separators=(",", ":")).replace(" ", "")
            role["Policies"].append({"PolicyDocument": "x" * (number - len(document) - 2)})
        case "role":
            role["Description"] = "x" * number
        case "environment":
            used = sum(len(f"{key}{value}") for key, value in function["Environment"]["Variables"].items())
            function["Environment"]["Variables"]["X"] = "x" * (number - used - 1)
        case "function":
            function["Description"] = "x" * number
        case "alarm":
            resources["ErrorsAlarm"]["Properties"]["AlarmDescription"] = "x" * number
        case "behaviors":
            site["CacheBehaviors"] = site["CacheBehaviors"][:1] * (number - 1)
        case "policy":
            config = resources["ApiHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
            config["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"] = "x" * number
        case "header":
            site["Origins"][1]["OriginCustomHeaders"][0]["HeaderValue"] = "x" * number


@pytest.mark.parametrize(
    ("name", "maximum", "found"),
    [
        ("resources", 500, "501 resources, of at most 500"),
        ("managed", 10, "FunctionRole: 11 managed policies, of at most 10"),
        ("inline", 10_240, "FunctionRole: 10,241 characters of inline policies, of at most 10,240"),
        ("role", 1_000, "FunctionRole: 1,001 characters of the description, of at most 1,000"),
        ("environment", 4_096, "DigitsFunction: 4,097 bytes of environment variables, of at most 4,096"),
        ("function", 256, "DigitsFunction: 257 characters of the description, of at most 256"),
        ("alarm", 1_024, "ErrorsAlarm: 1,025 characters of the description, of at most 1,024"),
        ("behaviors", 75, "Site: 76 cache behaviors, of at most 75"),
        ("policy", 1_783, "ApiHeaders: 1,784 characters of Content-Security-Policy, of at most 1,783"),
        ("header", 1_783, "Site: 1,784 characters of a header to the origin, of at most 1,783"),
    ],
)
def test_one_more_than_quota_breaks_rule(name: str, maximum: int, found: str) -> None:
    for number, violations in ((maximum, []), (maximum + 1, [found])):
        broken = copy.deepcopy(deployment("default", REGION))
        break_quota(broken.resources, name, number)
        assert RULES["quotas"].violations(broken) == violations


def test_resource_tag_takes_precedence_over_stack_tag() -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"Tags": [{"Key": "Project", "Value": "own"}]}}
    tags = {"Project": "stack", "Environment": "prod"}
    assert merged_tags(role, tags) == [("Project", "own"), ("Environment", "prod")]
    assert with_stack_tags(role, tags)["Properties"]["Tags"][1] == {"Key": "Environment", "Value": "prod"}
    stage = {"Type": STAGE, "Properties": {"Tags": {"Project": "own"}}}
    assert with_stack_tags(stage, tags)["Properties"]["Tags"] == {"Project": "own", "Environment": "prod"}
