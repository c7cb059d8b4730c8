"""Quotas of AWS that a template can exceed, and that moto does not check."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

RESOURCES = 500  # of a template after the transform: CloudFormation User Guide, quotas

type Properties = dict[str, Any]


@dataclass(frozen=True)
class Quota:
    """Maximum of what `measure` finds in the properties of a resource type."""

    kind: str
    what: str
    maximum: int
    measure: Callable[[Properties], int]


def length(name: str) -> Callable[[Properties], int]:
    """Return a measure of the characters, items or keys of a property."""
    return lambda properties: len(properties.get(name, ""))


def inline_policies(properties: Properties) -> int:
    """Count the characters of a role's inline policies; IAM does not count white space."""
    documents = [each["PolicyDocument"] for each in properties.get("Policies", [])]
    return sum(len("".join(json.dumps(each, separators=(",", ":")).split())) for each in documents)


def environment(properties: Properties) -> int:
    """Count the bytes of all environment variables."""
    variables = properties.get("Environment", {}).get("Variables", {})
    return sum(len(f"{name}{value}".encode()) for name, value in variables.items())


def longest_origin_header(properties: Properties) -> int:
    origins = properties["DistributionConfig"]["Origins"]
    return longest(each["HeaderValue"] for origin in origins for each in origin.get("OriginCustomHeaders", []))


def security_policy(properties: Properties) -> int:
    headers = properties["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    return len(headers["ContentSecurityPolicy"]["ContentSecurityPolicy"])


def longest(values: Iterable[str]) -> int:
    return max((len(value) for value in values), default=0)


QUOTAS = (
    # IAM User Guide, IAM and AWS STS quotas
    Quota("AWS::IAM::Role", "managed policies", 10, length("ManagedPolicyArns")),
    Quota("AWS::IAM::Role", "characters of inline policies", 10_240, inline_policies),
    Quota("AWS::IAM::Role", "characters of the description", 1_000, length("Description")),
    # Lambda Developer Guide, quotas; API Reference, CreateFunction
    Quota("AWS::Lambda::Function", "bytes of environment variables", 4_096, environment),
    Quota("AWS::Lambda::Function", "characters of the description", 256, length("Description")),
    # CloudWatch API Reference, PutMetricAlarm
    Quota("AWS::CloudWatch::Alarm", "characters of the description", 1_024, length("AlarmDescription")),
    # CloudFront Developer Guide, quotas
    Quota(
        "AWS::CloudFront::Distribution",
        "cache behaviors",
        75,
        lambda properties: 1 + len(properties["DistributionConfig"]["CacheBehaviors"]),
    ),
    Quota("AWS::CloudFront::Distribution", "characters of a header to the origin", 1_783, longest_origin_header),
    Quota("AWS::CloudFront::ResponseHeadersPolicy", "characters of Content-Security-Policy", 1_783, security_policy),
)


def exceeded(resources: dict[str, Any]) -> list[str]:
    """Return a sentence for each quota that the resources exceed."""
    found = [f"{len(resources)} resources, of at most {RESOURCES}"] if len(resources) > RESOURCES else []
    for name, resource in resources.items():
        for quota in (each for each in QUOTAS if each.kind == resource["Type"]):
            if (number := quota.measure(resource.get("Properties", {}))) > quota.maximum:
                found.append(f"{name}: {number:,} {quota.what}, of at most {quota.maximum:,}")
    return found
