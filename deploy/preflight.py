"""This machine's tools and AWS settings come in; the account and region go out, or all that is missing, at once."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from deploy.console import DeployError

BIN = Path(sys.executable).parent
PATH = f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"  # as `make build` has it: the .venv comes first
TOOLS = {  # what builds and deploys, and what brings it
    "sam": "make .venv/develop",
    "uv": "make .venv/develop",
    "python3.13": "uv python install 3.13, then make clean",
    "make": "install make: 'apt-get install make' or 'xcode-select --install'",
}
TIMES = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3})  # seconds


@dataclass(frozen=True)
class Account:
    """Whose resources are about to change, where, and the session that does it."""

    id: str
    region: str
    session: boto3.Session


def check(region: str | None, tools: Mapping[str, str] = TOOLS) -> Account:
    """Look at everything before anything is changed. Raises DeployError, with a line for each thing that is missing."""
    missing = [f"{tool} is missing: {remedy}." for tool, remedy in tools.items() if not shutil.which(tool, path=PATH)]
    try:
        session = boto3.Session(region_name=region)
        credentials = session.get_credentials()
    except BotoCoreError as error:  # a profile that is not in the configuration, a file that cannot be read
        raise DeployError("\n".join([*missing, f"AWS cannot be set up: {_line(error)}."])) from None
    if not session.region_name:
        missing.append("No AWS region is set: export AWS_DEFAULT_REGION=eu-central-1, or the one next to your users.")
    if credentials is None:
        missing.append(
            "No AWS credentials: run 'aws configure sso' and export AWS_PROFILE=..., "
            "or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if missing:
        raise DeployError("\n".join(missing))
    try:
        account = session.client("sts", config=TIMES).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise DeployError(
            f"AWS does not accept the credentials: {_line(error)}. Renew them ('aws sso login', or new keys)."
        ) from None
    return Account(account, session.region_name, session)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
