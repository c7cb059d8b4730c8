"""Deployment rehearsal: AWS's rules that moto does not know, then `make deploy` against moto's server.

Prints tables of the rules, the created resources and the site's objects.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.table import Table

from results_console import print_results
from tests.support.deploy.aws_rules import RULES, Deployment, stack_tags
from tests.support.deploy.cloud import ENVIRONMENT, REGION, Cloud, cloud, reduced, transformed, unsupported
from tests.support.deploy.role import statements
from tests.support.site import site
from tests.support.template import ROOT, made


def main() -> None:
    argparse.ArgumentParser(prog="python -m tests.support.deploy", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder, cloud() as aws, site() as url:
        followed, broken = rules(Deployment(made(), stack_tags("default"), REGION, statements()))
        if broken:
            print_results(followed)
            sys.exit(1)
        os.environ.update(ENVIRONMENT | {"AWS_ENDPOINT_URL": aws.url})
        code = Path(folder, "code")
        code.mkdir()
        (code / "function.py").touch()
        full_template = transformed(code)
        template = Path(folder, "template.json")
        template.write_text(json.dumps(reduced(full_template, url, aws.prepare())))
        command = [sys.executable, "-m", "deploy", "--built", str(template)]
        if status := subprocess.run(command, cwd=ROOT, process_group=0).returncode:
            sys.exit(status)
        print_results(followed, resources(aws, full_template), objects(aws))


def rules(deployment: Deployment) -> tuple[Table, bool]:
    """Return a table of the rules with their violations, and whether one is violated."""
    table, broken = Table("rule", "result", "source", title="AWS's rules"), False
    for name, rule in RULES.items():
        found = rule.violations(deployment)
        table.add_row(name, "; ".join(found) or "followed", rule.source)
        broken = broken or bool(found)
    return table, broken


def resources(aws: Cloud, template: dict[str, Any]) -> Table:
    """Return a table of the template's resources, and whether moto created each."""
    table = Table("resource", "type", "created", title="The stack")
    listed = aws.client("cloudformation").list_stack_resources(StackName="digits")["StackResourceSummaries"]
    created, missing = {each["LogicalResourceId"] for each in listed}, unsupported(template)
    for name, resource in template["Resources"].items():
        result = "yes" if name in created else "not in moto" if name in missing else "not with these parameters"
        table.add_row(name, resource["Type"], result)
    return table


def objects(aws: Cloud) -> Table:
    """Return a table of the objects of the page's bucket, with their headers."""
    table = Table("object", "Content-Type", "Cache-Control", "bytes", title="The site's objects")
    (stack,) = aws.client("cloudformation").describe_stacks(StackName="digits")["Stacks"]
    bucket = next(each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == "PageBucket")
    s3 = aws.client("s3")
    for each in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        head = s3.head_object(Bucket=bucket, Key=each["Key"])
        table.add_row(each["Key"], head["ContentType"], head["CacheControl"], f"{each['Size']:,}")
    return table
