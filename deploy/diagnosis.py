"""Reasons of failed deployments with what to do, and the concurrency of new accounts."""

import re
from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from deploy.console import log
from deploy.preflight import CLIENT_CONFIG, Account

ADVICE = {  # pattern of the reason of a failed resource: what to do
    # aws-samples/aws-cdk-examples#279
    r"account must be verified before you can add (new )?CloudFront": (
        "AWS has to verify a new account before its first CloudFront distribution: open a case in the AWS Support "
        "Center (account and billing, free), and run 'make deploy' again after the answer."
    ),
    r"UnreservedConcurrentExecution below": (
        "The account's concurrency is too low to reserve any: deploy with ReservedConcurrency=0, or request more "
        "(docs/deploy.md, Scaling)."
    ),
    r"permissions boundary|explicit deny|service control policy": (
        "A policy of your organization denies it: ask its administrators which permissions boundary or region they "
        "require."
    ),
    r"not authorized to perform|AccessDenied": (
        "The credentials lack this permission: use an administrator's, or update the role of .github/role.yaml."
    ),
    r"CNAME.*already (associated|exists)|CNAMEAlreadyExists": (
        "Another CloudFront distribution has this DomainName: remove it there, or choose another one."
    ),
    r"already exists": "Another stack or person made it: delete it, or deploy under another name with STACK=...",
    r"Duplicate tag keys": "Two spellings of a tag: use one in samconfig.toml and template.yaml.",
}


def explain_failure(account: Account, stack: str) -> str:
    """Return the reason of each resource that failed in the last deployment, with advice where it is known."""
    return "\n".join(f"{name}: {reason}" + _advice(reason) for name, reason in _failures(account, stack))


def _advice(reason: str) -> str:
    known = (advice for pattern, advice in ADVICE.items() if re.search(pattern, reason, re.IGNORECASE))
    return next((f"\n  {advice}" for advice in known), "")


def _failures(account: Account, stack: str) -> Iterator[tuple[str, str]]:
    """Yield the resources that failed since the last deployment began, and why; not those canceled because of them."""
    client = account.session.client("cloudformation", config=CLIENT_CONFIG)
    try:
        pages = list(
            client.get_paginator("describe_stack_events").paginate(StackName=stack, PaginationConfig={"MaxItems": 200})
        )
    except ClientError:  # no stack: the change set was rejected, and `sam deploy` has printed why
        return
    for event in (event for page in pages for event in page["StackEvents"]):
        reason = event.get("ResourceStatusReason", "")
        if event["ResourceStatus"].endswith("_FAILED") and "cancel" not in reason.lower():
            yield event["LogicalResourceId"], reason
        if reason == "User Initiated":
            return


def warn_of_low_concurrency(account: Account, burst: int) -> None:
    """Log a warning if the account runs fewer requests at once than the API lets through in a burst."""
    try:
        settings = account.session.client("lambda", config=CLIENT_CONFIG).get_account_settings()
        limit = settings["AccountLimit"]["ConcurrentExecutions"]
    except (BotoCoreError, ClientError, ResponseParserError, KeyError):
        return  # only a warning: the role may not have the permission
    if limit < burst:
        log(
            f"This account runs {limit} requests at once, and ThrottleBurst lets {burst} through: the rest would fail "
            "with 503. Request 1,000 (docs/deploy.md, Scaling; free, a day or two), and until then deploy with "
            f"ThrottleBurst={limit}."
        )
