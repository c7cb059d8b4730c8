"""Simulated AWS for the deployment rehearsal: moto's server, and template.yaml reduced to what moto supports.

Four things differ from AWS. The SAM macro runs beforehand, by the same code as in CloudFormation (aws-sam-translator).
Resources that moto does not support (`unsupported`) are removed, and references to them replaced. SAM's bucket exists
already: moto creates SAM's stack without the tags by which SAM recognizes it. An executed change set is applied as an
update, otherwise the stack would have no outputs, parameters and tags. The rest is real: `sam deploy` packages,
uploads, creates a change set and executes it.
"""

# moto, boto3 and samtranslator take ten seconds to import: the functions that need them do it.
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.request import urlopen

from deploy.destroy import SHARED
from tests.support.deploy.aws_rules import Deployment, duplicate_tags, with_stack_tags
from tests.support.template import ROOT

REGION = "us-east-1"
ACCOUNT = "123456789012"
ENVIRONMENT = {  # of each deployment: no key, profile or region of the person who runs the tests
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "SAM_CLI_TELEMETRY": "0",
    "SAM_CLI_POLL_DELAY": "0.2",  # seconds
}
REFERENCE = re.compile(r"\$\{(\w+)((?:\.\w+)*)\}")


@dataclass(frozen=True)
class Cloud:
    """Server that simulates AWS."""

    url: str

    def client(self, service: str) -> Any:
        import boto3

        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def prepare(self) -> str:
        """Reset, then create SAM's bucket and a distribution. Returns the distribution's id."""
        import boto3

        boto3.DEFAULT_SESSION = None
        self.reset()
        bucket = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}
        bucket["Outputs"] = {"SourceBucket": {"Value": {"Ref": "Bucket"}}}  # type: ignore[dict-item]
        tags = [{"Key": "ManagedStackSource", "Value": "AwsSamCli"}]
        self.client("cloudformation").create_stack(StackName=SHARED, TemplateBody=json.dumps(bucket), Tags=tags)
        config = {
            "CallerReference": "rehearsal",
            "Comment": "stand-in for Site",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [{"Id": "page", "DomainName": "page.example"}]},
            "DefaultCacheBehavior": {"TargetOriginId": "page", "ViewerProtocolPolicy": "https-only"},
        }
        made = self.client("cloudfront").create_distribution(DistributionConfig=config)
        return str(made["Distribution"]["Id"])

    def reset(self) -> None:
        urlopen(f"{self.url}/moto-api/reset", b"").close()


@contextmanager
def cloud() -> Iterator[Cloud]:
    """Run moto's server until the block ends."""
    from moto.cloudformation.models import ChangeSet
    from moto.server import ThreadedMotoServer

    for name in ("moto", "werkzeug", "samtranslator"):
        logging.getLogger(name).setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    try:
        with patch.object(ChangeSet, "apply", _apply):
            host = "localhost"  # the only one from which moto reads templates
            yield Cloud(f"http://{host}:{server.get_host_and_port()[1]}")
    finally:
        server.stop()


def _apply(change: Any) -> None:
    """Apply a change set with the stack's tags on its resources, and reject what the rules for tags reject."""
    from moto.cloudformation.exceptions import ValidationError

    plain, tags = change.template_dict, change.tags or {}
    tagged = {name: with_stack_tags(each, tags) for name, each in plain["Resources"].items()}
    if broken := duplicate_tags(Deployment(tagged, {}, REGION, [])):
        raise ValidationError(message="; ".join(broken))
    template = json.dumps({**plain, "Resources": tagged})
    change.stack.update(template, change.role_arn, change.parameters, change.tags)
    # Otherwise the next update, with the same values, would be a change.
    change.stack.resource_map._template = plain
    change.stack.parameters = change.stack.stack_parameters


def transformed(code: Path) -> dict[str, Any]:
    """Return template.yaml after the SAM transform, with the function's code in a folder."""
    from samtranslator.translator.transform import transform  # type: ignore[import-untyped]
    from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

    template = yaml_parse((ROOT / "template.yaml").read_text())
    template["Resources"]["DigitsFunction"]["Properties"]["CodeUri"] = "s3://replaced/below"

    class NoPolicies:
        def load(self) -> dict[str, str]:
            return {}

    plain: dict[str, Any] = transform(template, {}, NoPolicies())
    plain.pop("Transform", None)
    plain["Resources"]["DigitsFunction"]["Properties"]["Code"] = str(code)
    return plain


def unsupported(template: dict[str, Any]) -> dict[str, str]:
    """Return the resources that moto does not support, with their types."""
    from moto.cloudformation.parsing import resource_class_from_type

    types = {name: resource["Type"] for name, resource in template["Resources"].items()}
    return {name: kind for name, kind in types.items() if resource_class_from_type(kind) is None}


def reduced(template: dict[str, Any], site: str, distribution: str) -> dict[str, Any]:
    """Return the template without unsupported resources; references to them become names or stand-ins."""
    missing = unsupported(template)
    stand_ins: dict[str, Any] = {"Site": distribution}
    for name, kind in missing.items():
        if kind == "AWS::Lambda::Alias":
            stand_ins[name] = template["Resources"][name]["Properties"]["FunctionName"]

    def replace(node: Any) -> Any:
        match node:
            case {"Ref": name} if name in missing:
                return stand_ins.get(name, name)
            case {"Fn::GetAtt": [name, attribute]} if name in missing:
                return f"{name}.{attribute}"
            case {"Fn::Sub": str(text)}:
                return {"Fn::Sub": REFERENCE.sub(_substitute, text)}
            case dict():
                return {key: replace(value) for key, value in node.items() if key != "DependsOn"}
            case list():
                return [replace(value) for value in node]
        return node

    def _substitute(match: re.Match[str]) -> str:
        name, attribute = match.groups()
        if name not in missing:
            return match[0]
        return stand_ins[name] if isinstance(stand_ins.get(name), str) else name + attribute

    supported = {name: resource for name, resource in template["Resources"].items() if name not in missing}
    result: dict[str, Any] = replace({**template, "Resources": supported})
    result["Outputs"]["SiteUrl"]["Value"] = site
    return result
