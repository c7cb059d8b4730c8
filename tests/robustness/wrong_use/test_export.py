"""Wrong uses of publish, pull and rollback of `python -m export`: one clear line, never a traceback."""

from pathlib import Path

import pytest

from tests.support.deploy.cloud import ENVIRONMENT
from tests.support.wrong_use import PYTHON, WrongUse, check

pytestmark = pytest.mark.slow

OFFLINE = ENVIRONMENT | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
WANDB_OFFLINE = {"WANDB_API_KEY": "0" * 40, "WANDB_BASE_URL": "http://127.0.0.1:9"}
NO_ACCOUNT = {"NETRC": "/dev/null", "WANDB_API_KEY": ""}
VERSION = "0123456789ab"
BUCKET = r"^'Models' is not a bucket's name: use 3 to 63 lower-case letters, digits, dots and hyphens\.$"
CASES = (
    WrongUse("publish-upper-case-bucket", ("export", "publish", "--to", "s3://Models/prod"), BUCKET, python=PYTHON),
    WrongUse("rollback-upper-case-bucket", ("export", "rollback", "--at", "s3://Models"), BUCKET),
    WrongUse("publish-to-no-uri", ("export", "publish", "--to", "models"), r"^'models' is not an S3 folder: use s3://"),
    WrongUse("publish-to-uri-without-bucket", ("export", "publish", "--to", "s3://"), r"^'s3://' is not an S3 folder"),
    WrongUse("publish-missing-bundle", ("export", "publish", "--out", "nofolder"), r"^nofolder is not published: .*"),
    WrongUse("publish-missing-data", ("export", "publish", "--data", "nofolder"), r"nofolder"),
    WrongUse("rollback-without-place", ("export", "rollback"), r"the following arguments are required: --at", 2),
    WrongUse(
        "rollback-to-no-version",
        ("export", "rollback", "--at", "s3://models", "--version", "v3"),
        r"^'v3' is not a version\. Give its twelve digits",
    ),
    WrongUse(
        "rollback-no-network",
        ("export", "rollback", "--at", "s3://models", "--version", VERSION),
        r"Could not connect to the endpoint URL",
        environment=OFFLINE,
    ),
    WrongUse(
        "rollback-no-credentials",
        ("export", "rollback", "--at", "s3://models"),
        r"^No AWS credentials: run 'aws configure' or 'aws sso login'\.$",
        environment=ENVIRONMENT | {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
    ),
    WrongUse(
        "pull-without-account", ("export", "pull"), r"^Pulling needs an account on W&B's server", environment=NO_ACCOUNT
    ),
    WrongUse(
        "pull-no-version", ("export", "pull", "../v1"), r"^'\.\./v1' is not a version\. Give latest, v3, an alias"
    ),
    WrongUse("pull-no-network", ("export", "pull"), r"cannot be reached .* is unchanged\.$", environment=WANDB_OFFLINE),
    WrongUse("pull-missing-run", ("export", "pull", "--run", "nofolder"), r"nofolder.* is unchanged\.$"),
    WrongUse("pull-run-is-file", ("export", "pull", "--run", "/dev/null"), r"/dev/null.* is unchanged\.$"),
    WrongUse("pull-below-file", ("export", "pull", "--run", "nofolder", "--out", "/dev/null/models"), r"^/dev/null"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_use_prints_one_line(case: WrongUse, tmp_path: Path) -> None:
    check(case, tmp_path)
