"""Fixtures of the deployment tests: AWS on this machine (moto), and a running site."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command_line import CommandError
from deploy import command as deploy
from tests.support.deploy.cloud import ENVIRONMENT, Cloud, cloud, reduced, transformed
from tests.support.site import site as serve

Run = Callable[..., int]


@pytest.fixture(scope="session")
def server() -> Iterator[Cloud]:
    with cloud() as running:
        yield running


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """Run serve.py instead of CloudFront, which moto does not serve."""
    with serve() as url:
        yield url


@pytest.fixture
def aws(server: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Return an empty account, with its credentials in the environment."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (ENVIRONMENT | {"AWS_ENDPOINT_URL": server.url}).items():
        monkeypatch.setenv(name, value)
    return server


@pytest.fixture
def built(aws: Cloud, site: str, tmp_path: Path) -> Path:
    """Write the built template, reduced to the resources that moto supports."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "function.py").write_text("")
    template = tmp_path / "template.json"
    template.write_text(json.dumps(reduced(transformed(code), site, aws.prepare())))
    return template


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs `python -m deploy ARGUMENTS` in this process and returns the exit status."""

    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["deploy", *arguments])
        try:
            deploy.main()
        except CommandError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        except KeyboardInterrupt:
            return 130
        except SystemExit as ended:  # of argparse
            return int(ended.code or 0)
        return 0

    return run


@pytest.fixture
def unauthorized(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let AWS check permissions; the user in the environment has none."""
    aws.prepare()
    iam = aws.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    monkeypatch.setattr("moto.settings.INITIAL_NO_AUTH_ACTION_COUNT", 0)
