"""A built template comes in; `sam deploy` makes a stack of it, whatever a run has left; its outputs go out."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from deploy.console import DeployError, console, say
from deploy.preflight import BIN, PATH, TIMES, Account
from deploy.settings import ROOT, SAMCONFIG, Settings

BUILT = ROOT / ".aws-sam" / "build" / "template.yaml"
POLL = 5  # seconds; CloudFormation takes a minute for an update, five for a new CloudFront distribution
LIMIT = 3600  # seconds; a gradual rollout waits for CodeDeploy, at most half an hour
EMPTY = ("ROLLBACK_COMPLETE",)  # a first creation that failed: it holds nothing and can only be deleted
STUCK = ("CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED")  # parts of a stack that never served, or no longer


def describe(account: Account, stack: str) -> dict[str, Any] | None:
    """The stack as CloudFormation has it, or None."""
    try:
        found = account.session.client("cloudformation", config=TIMES).describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return dict(found[0]) if found else None


def settled(account: Account, stack: str) -> dict[str, Any] | None:
    """Wait until nobody changes the stack: what an interrupted run began goes on in the cloud. Raises DeployError."""
    with console.status(f"{stack}: waiting for what is in progress") as status:
        for _ in range(LIMIT // POLL):
            found = describe(account, stack)
            if found is None or not busy(found["StackStatus"]):
                return found
            status.update(f"{stack}: {found['StackStatus']}")
            time.sleep(POLL)
    raise DeployError(
        f"{stack} has been in progress for {LIMIT // 60} minutes: look at it in CloudFormation's console."
    )


def busy(status: str) -> bool:
    """Whether a change is under way. A change set that was never executed (REVIEW_IN_PROGRESS) is none."""
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def make_way(account: Account, stack: str) -> None:
    """Bring what an interrupted or failed run has left into a state that can be deployed to. Raises DeployError."""
    found = settled(account, stack)
    status = found["StackStatus"] if found else ""
    if status in EMPTY:
        say(f"{stack} is {status}: its first creation failed, and it holds nothing. Deleting it, to create it anew.")
        delete(account, stack)
    elif status in STUCK:
        raise DeployError(f"{stack} is {status}, and cannot be deployed to: run 'make destroy', then 'make deploy'.")
    elif status == "UPDATE_ROLLBACK_FAILED":
        raise DeployError(
            f"{stack} is {status}: choose 'Continue update rollback' in CloudFormation's console, then 'make deploy'."
        )


def build(settings: Settings) -> None:
    """Make .aws-sam/build. Raises DeployError."""
    command = ["make", "--no-print-directory", "build", f"ARCH={settings.parameters.get('Architecture', 'x86_64')}"]
    if subprocess.run(command, cwd=ROOT, env={**os.environ, "PATH": PATH}, stdout=sys.stderr).returncode:
        raise DeployError("The function was not built, and nothing was deployed.")


def deploy(account: Account, settings: Settings, template: Path) -> dict[str, Any]:
    """Create or update the stack, with the section's settings. Returns it. Raises DeployError."""
    command = [
        *(str(BIN / "sam"), "deploy", "--template-file", str(template)),
        *("--config-file", str(SAMCONFIG), "--config-env", settings.env),
        *("--stack-name", settings.stack, "--region", account.region, "--parameter-overrides"),
        *(f'{name}="{value}"' for name, value in settings.parameters.items()),
    ]
    if subprocess.run(command, cwd=ROOT, env={"SAM_CLI_TELEMETRY": "0", **os.environ}, stdout=sys.stderr).returncode:
        raise DeployError(
            f"The stack {settings.stack} was not deployed: the reason stands above. CloudFormation has left or is "
            "putting back what served before; when the reason is gone, run 'make deploy' again."
        )
    found = describe(account, settings.stack)
    if found is None or not found["StackStatus"].endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE")):
        raise DeployError(f"{settings.stack} is {found['StackStatus'] if found else 'absent'} after 'sam deploy'.")
    return found


def delete(account: Account, stack: str) -> str | None:
    """Delete the stack and wait for the end. Returns the status of what could not be deleted, or None: it is gone."""
    account.session.client("cloudformation", config=TIMES).delete_stack(StackName=stack)
    found = settled(account, stack)
    return found["StackStatus"] if found else None


def outputs(found: dict[str, Any]) -> dict[str, str]:
    """What the stack says about itself: addresses and names."""
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def parameters(found: dict[str, Any]) -> dict[str, str]:
    """The values that the stack runs with."""
    return {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])}
