"""Preflight checks: missing tools, region and credentials are reported before any change."""

import os
import subprocess
import sys

import pytest

from deploy import preflight, settings, stack, upload
from deploy.preflight import TOOLS
from tests.integration.deploy.conftest import Run
from tests.support.deploy.cloud import ENVIRONMENT, Cloud
from tests.support.template import ROOT

CREDENTIALS = (
    "No AWS credentials: run 'aws configure sso' and export AWS_PROFILE=..., "
    "or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
)
REGION = "No AWS region is set: export AWS_DEFAULT_REGION=eu-central-1, or one close to your users."


@pytest.fixture(autouse=True)
def fail_on_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that changes anything."""
    for module, name in ((stack, "build"), (stack, "deploy"), (stack, "delete"), (upload, "upload")):
        monkeypatch.setattr(module, name, pytest.fail)


def test_everything_missing_is_reported_at_once(
    aws: Cloud, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(preflight, "PATH", "/nowhere")
    assert run() == 1
    missing = [f"{tool} is missing: {remedy}." for tool, remedy in TOOLS.items()]
    assert capfd.readouterr() == ("", "\n".join([*missing, REGION, CREDENTIALS]) + "\n")


@pytest.mark.parametrize("command", ["up", "destroy"])
def test_missing_credentials_are_one_line(command: str) -> None:
    without_keys = {name: value for name, value in ENVIRONMENT.items() if "ACCESS_KEY" not in name}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = inherited | without_keys | {"PYTHONPATH": f"{ROOT / 'functions'}{os.pathsep}{ROOT}"}
    process = [sys.executable, "-m", "deploy", command]
    done = subprocess.run(process, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{CREDENTIALS}\n")


def test_missing_region_is_one_line(
    aws: Cloud, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert run() == 1
    assert capfd.readouterr().err == f"{REGION}\n"


def test_unknown_profile_is_one_line(
    aws: Cloud, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert run() == 1
    assert (
        capfd.readouterr().err == "The AWS configuration is invalid: The config profile (nobody) could not be found.\n"
    )


def test_wrong_credentials_are_one_line(
    aws: Cloud, unauthorized: None, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWNUNKNOWN00")
    assert run() == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("AWS rejected the credentials: An error occurred (InvalidClientTokenId)")
    assert line.endswith("Renew them ('aws sso login', or new keys).")


@pytest.mark.parametrize("arguments", [[], ["destroy", "--yes", "digits"]])
def test_missing_permission_is_reported(
    arguments: list[str], unauthorized: None, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 1
    message = capfd.readouterr().err.splitlines()[-1]
    assert "An error occurred (AccessDenied) when calling the DescribeStacks operation" in message
    assert "cloudformation:DescribeStacks" in message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--env", "test"], "samconfig.toml has no section 'test'. Use ENV=default or ENV=prod."),
        (["Memory=512"], "'Memory=512' is not NAME=VALUE of a parameter of template.yaml: Architecture, MemorySize, "),
        (["MemorySize"], "'MemorySize' is not NAME=VALUE of a parameter of template.yaml: Architecture, MemorySize, "),
    ],
)
def test_unknown_section_or_parameter_is_rejected(
    arguments: list[str], message: str, aws: Cloud, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 1
    assert capfd.readouterr().err.startswith(message)


def test_accepted_secrets_get_a_name_that_changes_with_them() -> None:
    """A version is published only if the function's description changes, which must not reveal them."""
    names = [
        settings.read("default", None, [f"OriginSecretsAccepted={secrets}"]).parameters["OriginSecretsName"]
        for secrets in ("a" * 32, "a" * 32 + "," + "b" * 32, "")
    ]
    assert names == ["3ba3f5f4", "aa691835", "none"]
    assert "OriginSecretsName" not in settings.read("default", None, []).parameters  # the stack keeps its value


def test_unreachable_endpoint_is_one_line(
    aws: Cloud, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert run() == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert "Could not connect to the endpoint URL" in line
