"""Rehearse a deployment against moto's server, and print what was made, what could not be, and the site's objects."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.support.deploy.cloud import ENVIRONMENT, Cloud, absent, cloud, reduced, transformed
from tests.support.site import site
from tests.support.template import ROOT

console = Console()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, cloud() as aws, site() as url:
        os.environ.update(ENVIRONMENT | {"AWS_ENDPOINT_URL": aws.url})
        code = Path(folder, "code")
        code.mkdir()
        (code / "function.py").touch()
        whole = transformed(code)
        template = Path(folder, "template.json")
        template.write_text(json.dumps(reduced(whole, url, aws.prepare())))
        command = [sys.executable, "-m", "deploy", "--built", str(template)]
        if status := subprocess.run(command, cwd=ROOT).returncode:
            sys.exit(status)
        console.print(resources(aws, whole), objects(aws))


def resources(aws: Cloud, template: dict[str, Any]) -> Table:
    """Each resource of the template, and whether moto made it."""
    table = Table("resource", "type", "made", title="The stack")
    listed = aws.client("cloudformation").list_stack_resources(StackName="digits")["StackResourceSummaries"]
    made, missing = {each["LogicalResourceId"] for each in listed}, absent(template)
    for name, resource in template["Resources"].items():
        result = "yes" if name in made else "moto cannot" if name in missing else "not with these parameters"
        table.add_row(name, resource["Type"], result)
    return table


def objects(aws: Cloud) -> Table:
    """Each object of the page's bucket, with what it is sent with."""
    table = Table("object", "Content-Type", "Cache-Control", "bytes", title="The site's objects")
    (stack,) = aws.client("cloudformation").describe_stacks(StackName="digits")["Stacks"]
    bucket = next(each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == "PageBucket")
    s3 = aws.client("s3")
    for each in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        head = s3.head_object(Bucket=bucket, Key=each["Key"])
        table.add_row(each["Key"], head["ContentType"], head["CacheControl"], f"{each['Size']:,}")
    return table


if __name__ == "__main__":
    main()
