"""Teardown of a stack: list its contents, ask for confirmation, empty its buckets, delete it, verify."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from deploy import stack
from deploy.console import DeployError, console, log
from deploy.preflight import CLIENT_CONFIG, Account

ATTEMPTS = 2  # a log file delivered after its bucket was emptied prevents the first deletion
BATCH = 1000  # maximum of versions that one S3 request deletes
MODEL = re.compile(r"(?:^|/)versions/([^/]+)/manifest\.json$")  # export/registry/s3.py
SHARED = "aws-sam-cli-managed-default"  # stack of SAM's upload bucket, shared by every stack of the region


@dataclass(frozen=True)
class Bucket:
    """Contents of a bucket of the stack."""

    name: str
    objects: int
    versions: int  # of those objects, including delete markers
    models: tuple[str, ...]


def destroy(account: Account, name: str, yes: str | None) -> None:
    """Delete a stack, or the buckets that an interrupted run has left. Raises DeployError."""
    description = stack.wait_until_stable(account, name)
    buckets = [_inspect(account, bucket) for bucket in _buckets(account, name, description)]
    if not description and not buckets:
        return log(f"The stack {name} does not exist in {account.region} of account {account.id}: nothing to destroy.")
    if description and description.get("EnableTerminationProtection"):
        raise DeployError(f"{name} has termination protection: disable it in the CloudFormation console first.")
    if description:
        log(f"The stack {name} ({account.region}, account {account.id}), with its site, function, logs and alarms.")
    for each in buckets:
        log(f"The bucket {each.name}: {each.objects:,} objects, {each.versions:,} versions of them.")
        if each.models:
            log(f"  with {len(each.models)} published models: {', '.join(each.models)}")
    records = _validation_records(account, description)
    _confirm(name, yes)
    _delete(account, name, [each.name for each in buckets], bool(description))
    left = [each.name for each in buckets if _exists(account, each.name)]
    if left or stack.describe(account, name):
        raise DeployError(f"{', '.join(left) or name} still exists: run 'make destroy' again.")
    for record in records:
        log(f"Kept, because another certificate of the domain may use it: the CNAME record {record} in Route 53.")
    log(f"Nothing {'else ' if records else ''}is left of {name}.")
    if stack.describe(account, SHARED):
        log(
            f"Kept, because other stacks of {account.region} may use it: {SHARED}, SAM's upload bucket. To delete it "
            f"too: make destroy STACK={SHARED}"
        )


def _delete(account: Account, name: str, buckets: list[str], is_stack: bool) -> None:
    s3 = account.session.client("s3", config=CLIENT_CONFIG)
    for attempt in range(ATTEMPTS):
        for bucket in buckets:
            if _exists(account, bucket):
                _empty(s3, bucket)
        status = stack.delete(account, name) if is_stack else None
        if not status:
            break
        if attempt == ATTEMPTS - 1:
            raise DeployError(f"{name} is {status}. {_reasons(account, name)}Fix that, then 'make destroy' again.")
    for bucket in buckets:
        if _exists(account, bucket):  # kept by its DeletionPolicy
            s3.delete_bucket(Bucket=bucket)


def _confirm(name: str, yes: str | None) -> None:
    """Raise DeployError unless the stack's name was passed or is typed."""
    if yes is None and not sys.stdin.isatty():
        raise DeployError(f"Nothing was changed: without a terminal, confirm with: make destroy YES={name}")
    if yes is None:
        console.print(f"Type {name} to delete all of this: ", end="", markup=False, highlight=False)
        try:
            yes = input()
        except EOFError:
            console.print()
            raise DeployError("Nothing was changed: the name was not typed.") from None
    if yes != name:
        raise DeployError(f"Nothing was changed: {yes!r} is not {name!r}.")


def _buckets(account: Account, name: str, description: dict[str, Any] | None) -> list[str]:
    """Return the buckets of the stack, or those that deleted stacks of this name have left."""
    stacks = [description["StackId"]] if description else []
    if not description:
        client = account.session.client("cloudformation", config=CLIENT_CONFIG)
        for part in client.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"]):
            stacks += [each["StackId"] for each in part["StackSummaries"] if each["StackName"] == name]
    buckets = {bucket for each in stacks for bucket in _physical_ids(account, each, "AWS::S3::Bucket")}
    return sorted(bucket for bucket in buckets if _exists(account, bucket))


def _validation_records(account: Account, description: dict[str, Any] | None) -> list[str]:
    """Return the DNS records that validate the stack's certificate: CloudFormation does not delete them."""
    if not description:
        return []
    acm = account.session.client("acm", config=CLIENT_CONFIG)
    certificates = _physical_ids(account, description["StackId"], "AWS::CertificateManager::Certificate")
    described = [acm.describe_certificate(CertificateArn=arn)["Certificate"] for arn in certificates]
    options = [option for each in described for option in each.get("DomainValidationOptions", [])]
    return sorted({option["ResourceRecord"]["Name"] for option in options if "ResourceRecord" in option})


def _physical_ids(account: Account, name: str, kind: str) -> list[str]:
    """Return the ids of the stack's resources of a type."""
    client = account.session.client("cloudformation", config=CLIENT_CONFIG)
    return [
        each["PhysicalResourceId"]
        for part in client.get_paginator("list_stack_resources").paginate(StackName=name)
        for each in part["StackResourceSummaries"]
        if each["ResourceType"] == kind and each.get("PhysicalResourceId")
    ]


def _exists(account: Account, bucket: str) -> bool:
    """Return whether the bucket exists in this account: anyone can create a bucket with a free name."""
    try:
        account.session.client("s3", config=CLIENT_CONFIG).head_bucket(Bucket=bucket, ExpectedBucketOwner=account.id)
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return False
        raise
    return True


def _inspect(account: Account, bucket: str) -> Bucket:
    entries = list(_versions(account.session.client("s3", config=CLIENT_CONFIG), bucket))
    keys = {entry["Key"] for entry in entries}
    models = {match[1] for key in keys if (match := MODEL.search(key))}
    return Bucket(bucket, len(keys), len(entries), tuple(sorted(models)))


def _versions(s3: Any, bucket: str) -> Iterator[dict[str, str]]:
    for part in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for each in part.get("Versions", []) + part.get("DeleteMarkers", []):
            yield {"Key": each["Key"], "VersionId": each["VersionId"]}


def _empty(s3: Any, bucket: str) -> None:
    entries = list(_versions(s3, bucket))
    with console.status(f"{bucket}: deleting {len(entries):,} versions"):
        for start in range(0, len(entries), BATCH):
            batch = {"Objects": entries[start : start + BATCH], "Quiet": True}
            if errors := s3.delete_objects(Bucket=bucket, Delete=batch).get("Errors"):
                raise DeployError(
                    f"{errors[0]['Key']} in {bucket} is not deleted: {errors[0]['Message']}. Run 'make destroy' again."
                )


def _reasons(account: Account, name: str) -> str:
    client = account.session.client("cloudformation", config=CLIENT_CONFIG)
    failed = [
        f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', 'no reason given')}. "
        for part in client.get_paginator("list_stack_resources").paginate(StackName=name)
        for each in part["StackResourceSummaries"]
        if each["ResourceStatus"] == "DELETE_FAILED"
    ]
    return "".join(failed)
