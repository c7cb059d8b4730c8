"""CloudFormation stack: recover from an interrupted or failed run, build, deploy, delete, read outputs."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from deploy.console import DeployError, console, log
from deploy.diagnosis import explain_failure
from deploy.preflight import BIN, CLIENT_CONFIG, PATH, Account
from deploy.settings import ROOT, SAMCONFIG, Settings

BUILT_TEMPLATE = ROOT / ".aws-sam" / "build" / "template.yaml"
POLL_INTERVAL = 5  # seconds; an update takes a minute, a new CloudFront distribution five
TIMEOUT = 3600  # seconds; a gradual rollout takes up to half an hour
EMPTY = ("ROLLBACK_COMPLETE",)  # failed creation: has no resources and can only be deleted
STUCK = ("CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED")  # incomplete: can only be deleted


def describe(account: Account, stack: str) -> dict[str, Any] | None:
    """Return CloudFormation's description of the stack, or None."""
    try:
        stacks = account.session.client("cloudformation", config=CLIENT_CONFIG).describe_stacks(StackName=stack)[
            "Stacks"
        ]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return dict(stacks[0]) if stacks else None


def wait_until_stable(account: Account, stack: str) -> dict[str, Any] | None:
    """Wait until no change of the stack is in progress (an earlier run may have started one). Raises DeployError."""
    with console.status(f"{stack}: waiting for a change in progress") as status:
        for _ in range(TIMEOUT // POLL_INTERVAL):
            description = describe(account, stack)
            if description is None or not in_progress(description["StackStatus"]):
                return description
            status.update(f"{stack}: {description['StackStatus']}")
            time.sleep(POLL_INTERVAL)
    raise DeployError(
        f"{stack} has been in progress for {TIMEOUT // 60} minutes: check it in the CloudFormation console."
    )


def in_progress(status: str) -> bool:
    """Return whether a change is in progress; a change set that was not executed (REVIEW_IN_PROGRESS) is not."""
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def recover_stack(account: Account, stack: str) -> None:
    """Bring the stack of an interrupted or failed run into a deployable state. Raises DeployError."""
    description = wait_until_stable(account, stack)
    status = description["StackStatus"] if description else ""
    if status in EMPTY:
        log(f"{stack} is {status}: its creation failed, and it has no resources. Deleting it, to create it again.")
        delete(account, stack)
    elif status in STUCK:
        raise DeployError(f"{stack} is {status} and cannot be updated: run 'make destroy', then 'make deploy'.")
    elif status == "UPDATE_ROLLBACK_FAILED":
        raise DeployError(
            f"{stack} is {status}: use 'Continue update rollback' in the CloudFormation console, then 'make deploy'."
        )


def build(settings: Settings) -> None:
    """Run `make build`. Raises DeployError."""
    command = ["make", "--no-print-directory", "build", f"ARCH={settings.parameters['Architecture']}"]
    if subprocess.run(command, cwd=ROOT, env={**os.environ, "PATH": PATH}, stdout=sys.stderr).returncode:
        raise DeployError("The build failed, and nothing was deployed.")


def deploy(account: Account, settings: Settings, template: Path) -> dict[str, Any]:
    """Create or update the stack with `sam deploy`. Returns its description. Raises DeployError."""
    command = [
        *(str(BIN / "sam"), "deploy", "--template-file", str(template)),
        *("--config-file", str(SAMCONFIG), "--config-env", settings.env),
        *("--stack-name", settings.stack, "--region", account.region, "--parameter-overrides"),
        *(f'{name}="{value}"' for name, value in settings.parameters.items()),
    ]
    if subprocess.run(command, cwd=ROOT, env={"SAM_CLI_TELEMETRY": "0", **os.environ}, stdout=sys.stderr).returncode:
        reasons = explain_failure(account, settings.stack)
        raise DeployError(
            f"{reasons or 'See the reason above.'}\nThe stack {settings.stack} was not deployed, and CloudFormation "
            "rolls back to the previous deployment. After fixing the reason, run 'make deploy' again."
        )
    description = describe(account, settings.stack)
    if description is None or not description["StackStatus"].endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE")):
        status = description["StackStatus"] if description else "absent"
        raise DeployError(f"{settings.stack} is {status} after 'sam deploy'.")
    return description


def delete(account: Account, stack: str) -> str | None:
    """Delete the stack and wait. Returns its status if it could not be deleted, else None."""
    account.session.client("cloudformation", config=CLIENT_CONFIG).delete_stack(StackName=stack)
    description = wait_until_stable(account, stack)
    return description["StackStatus"] if description else None


def outputs(description: dict[str, Any]) -> dict[str, str]:
    """Return the stack's outputs by name."""
    return {output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", [])}


def parameters(description: dict[str, Any]) -> dict[str, str]:
    """Return the stack's parameter values by name."""
    return {each["ParameterKey"]: each["ParameterValue"] for each in description.get("Parameters", [])}
