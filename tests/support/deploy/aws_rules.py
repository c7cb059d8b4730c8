"""What AWS does with a deployment and moto does not: one rule for each documented fact, with its source."""

import re
import shlex
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from server.site import API
from tests.support.deploy.quotas import exceeded
from tests.support.deploy.schemas import tag_property, tagging
from tests.support.template import ROOT

GLOBAL_NAMES = {  # types whose names are unique in an account, not in a region: path of the name in the properties
    "AWS::Budgets::Budget": ("Budget", "BudgetName"),
    "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig", "Name"),
    "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig", "Name"),
    "AWS::CloudWatch::Dashboard": ("DashboardName",),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName",),
    "AWS::IAM::Role": ("RoleName",),
}
PARTS_OF_OTHERS = {"s3:DeleteBucketTagging"}  # in the schemas, but not an IAM action: PutBucketTagging allows it


@dataclass(frozen=True)
class Deployment:
    """Resources after the SAM transform by name, tags of the stack, region, and statements of the deploy role."""

    resources: dict[str, Any]
    tags: dict[str, str]
    region: str
    statements: list[dict[str, Any]]


@dataclass(frozen=True)
class Rule:
    """A documented fact. `violations` returns a sentence for each violation."""

    source: str
    violations: Callable[[Deployment], list[str]]


def stack_tags(env: str) -> dict[str, str]:
    """Return the stack's tags of a section of samconfig.toml."""
    section = tomllib.loads((ROOT / "samconfig.toml").read_text())[env]["deploy"]["parameters"]
    return dict(pair.split("=", 1) for pair in shlex.split(section["tags"]))


def merged_tags(resource: dict[str, Any], tags: dict[str, str]) -> list[tuple[str, Any]]:
    """Return the tags that CloudFormation sends: the resource's, and the stack's that have another key."""
    name = tag_property(resource["Type"])
    own = resource.get("Properties", {}).get(name, []) if name else []
    pairs = list(own.items()) if isinstance(own, dict) else [(each["Key"], each["Value"]) for each in own]
    keys = {key for key, _ in pairs}
    return pairs + [(key, value) for key, value in tags.items() if key not in keys]


def with_stack_tags(resource: dict[str, Any], tags: dict[str, str]) -> dict[str, Any]:
    """Return the resource with the stack's tags, as CloudFormation creates it."""
    if not (name := tag_property(resource["Type"])):
        return resource
    pairs = merged_tags(resource, tags)
    properties = resource.get("Properties", {})
    is_map = isinstance(properties.get(name), dict)
    merged = dict(pairs) if is_map else [{"Key": key, "Value": value} for key, value in pairs]
    return {**resource, "Properties": {**properties, name: merged}}


def duplicate_tags(deployment: Deployment) -> list[str]:
    """Find tag keys that differ only in case: IAM rejects them, other services show two."""
    found = []
    for name, resource in deployment.resources.items():
        keys = [key for key, _ in merged_tags(resource, deployment.tags) if tag_property(resource["Type"])]
        folded = [key.casefold() for key in keys]
        found += [f"{name}: duplicate tag key {key}" for key in keys if folded.count(key.casefold()) > 1]
    return found


def names_without_region(deployment: Deployment) -> list[str]:
    """Find names that the same stack in another region would use again."""
    found = []
    for name, resource in deployment.resources.items():
        value: Any = resource["Properties"]
        for key in GLOBAL_NAMES.get(resource["Type"], ()):
            value = value.get(key, {})
        if value and resource["Type"] in GLOBAL_NAMES and deployment.region not in value:
            found.append(f"{name}: {value!r} is global and has no region")
    return found


def missing_tagging_rights(deployment: Deployment) -> list[str]:
    """Find actions that AWS checks when it tags a resource, and that the deploy role lacks."""
    granted = {action for each in deployment.statements for action in _listed(each["Action"])}
    kinds = {each["Type"] for each in deployment.resources.values()}
    needed = {(kind, action) for kind in kinds for action in tagging(kind).get("permissions", [])}
    return [f"{kind}: {action}" for kind, action in sorted(needed) if action not in granted | PARTS_OF_OTHERS]


def unmatched_paths(deployment: Deployment) -> list[str]:
    """Find served paths that no route matches by AWS's documentation, and routes that AWS rejects."""
    (api,) = (each for each in deployment.resources.values() if each["Type"] == "AWS::ApiGatewayV2::Api")
    routes = list(api["Properties"]["Body"]["paths"])
    if "$default" not in routes:
        greedy = [re.sub(r"\{\w+\+\}$", "?*", route) for route in routes]
        unmatched = [path for path in API if not any(fnmatchcase(path, pattern) for pattern in greedy)]
    else:
        unmatched = []
    return [f"{path} has no route" for path in unmatched] + [
        f"{route} ends with a slash" for route in routes if len(route) > 1 and route.endswith("/")
    ]


def exceeded_quotas(deployment: Deployment) -> list[str]:
    """Find quotas that the resources exceed."""
    return exceeded(deployment.resources)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


RULES = {
    "tags": Rule("serverless/serverless#7885; aws/aws-cdk#26253", duplicate_tags),
    "names": Rule(
        "CloudFront API Reference: OriginAccessControlAlreadyExists, ResponseHeadersPolicyAlreadyExists; "
        "CloudWatch User Guide: dashboards are not Region-specific; IAM: names are unique in an account",
        names_without_region,
    ),
    "tagging rights": Rule(
        "AWS's resource schemas, `tagging.permissions`; aws-amplify/amplify-studio#889", missing_tagging_rights
    ),
    "routes": Rule(
        "API Gateway Developer Guide, routes for HTTP APIs: {proxy+} catches child resources, $default what no other "
        "route matches; aws/serverless-application-model#1949: no trailing slash; on AWS the route /todos did not "
        "match /todos/ (aws-powertools/powertools-lambda-python, tests/e2e/event_handler/test_paths_ending_with_slash)",
        unmatched_paths,
    ),
    "quotas": Rule(
        "quotas in the guides of CloudFormation, IAM, Lambda, CloudWatch and CloudFront; each is named in "
        "tests/support/deploy/quotas.py",
        exceeded_quotas,
    ),
}
