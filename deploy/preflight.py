"""Check of this machine's tools, AWS region and credentials before a deployment."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

from deploy.console import DeployError

BIN = Path(sys.executable).parent
PATH = f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"  # as for `make build`: .venv first
TOOLS = {  # required tools, and how to install them
    "sam": "make .venv/develop",
    "uv": "make .venv/develop",
    "python3.13": "uv python install 3.13, then make clean",
    "make": "install make: 'apt-get install make' or 'xcode-select --install'",
}
OTHER_PARTITIONS = ("us-gov-", "cn-", "us-iso", "eu-isoe-", "eusc-")  # prefixes of regions
CLIENT_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3})  # seconds


@dataclass(frozen=True)
class Account:
    """AWS account and region of the deployment, with a session."""

    id: str
    region: str
    session: boto3.Session


def check(region: str | None, tools: Mapping[str, str] = TOOLS) -> Account:
    """Return the account and region. Raises DeployError, with one line for everything that is missing."""
    missing = [f"{tool} is missing: {remedy}." for tool, remedy in tools.items() if not shutil.which(tool, path=PATH)]
    try:
        session = boto3.Session(region_name=region)
        credentials = session.get_credentials()
    except BotoCoreError as error:  # unknown profile, unreadable file
        raise DeployError("\n".join([*missing, f"The AWS configuration is invalid: {_line(error)}."])) from None
    if not session.region_name:
        missing.append("No AWS region is set: export AWS_DEFAULT_REGION=eu-central-1, or one close to your users.")
    elif session.region_name.startswith(OTHER_PARTITIONS):
        missing.append(
            f"{session.region_name} is not supported: GovCloud has no CloudFront, and in China it needs an ICP license "
            "and has other domains. Choose a commercial region, or another host (docs/deploy.md)."
        )
    if credentials is None:
        missing.append(
            "No AWS credentials: run 'aws configure sso' and export AWS_PROFILE=..., "
            "or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if missing:
        raise DeployError("\n".join(missing))
    try:
        account = session.client("sts", config=CLIENT_CONFIG).get_caller_identity()["Account"]
    except (ConnectionError, HTTPClientError) as error:
        raise DeployError(
            f"Could not connect to AWS ({_line(error)}). Check the network, then run the command again."
        ) from None
    except (BotoCoreError, ClientError) as error:
        raise DeployError(
            f"AWS rejected the credentials: {_line(error)}. Renew them ('aws sso login', or new keys)."
        ) from None
    return Account(account, session.region_name, session)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
