"""What is missing is said at once, each with what to do, and nothing is changed."""

import os
import subprocess
import sys

import pytest

from deploy import page, preflight, stack
from deploy.preflight import TOOLS
from tests.integration.deploy.conftest import Run
from tests.support.deploy.cloud import ENVIRONMENT, Cloud
from tests.support.template import ROOT

CREDENTIALS = (
    "No AWS credentials: run 'aws configure sso' and export AWS_PROFILE=..., "
    "or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
)
REGION = "No AWS region is set: export AWS_DEFAULT_REGION=eu-central-1, or the one next to your users."


@pytest.fixture(autouse=True)
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of these gets as far as a change."""
    for place, name in ((stack, "build"), (stack, "deploy"), (stack, "delete"), (page, "upload")):
        monkeypatch.setattr(place, name, pytest.fail)


def test_all_that_is_missing_at_once(
    aws: Cloud, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(preflight, "PATH", "/nowhere")
    assert run() == 1
    missing = [f"{tool} is missing: {remedy}." for tool, remedy in TOOLS.items()]
    assert capfd.readouterr() == ("", "\n".join([*missing, REGION, CREDENTIALS]) + "\n")


@pytest.mark.parametrize("command", ["up", "destroy"])
def test_no_credentials_is_one_line(command: str) -> None:
    """As a process of its own, which asks nobody but this machine."""
    own = {name: value for name, value in ENVIRONMENT.items() if "ACCESS_KEY" not in name}
    usual = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = usual | own | {"PYTHONPATH": f"{ROOT / 'functions'}{os.pathsep}{ROOT}"}
    process = [sys.executable, "-m", "deploy", command]
    done = subprocess.run(process, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{CREDENTIALS}\n")


def test_no_region_is_one_line(
    aws: Cloud, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert run() == 1
    assert capfd.readouterr().err == f"{REGION}\n"


def test_a_profile_that_is_not_there_is_one_line(
    aws: Cloud, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert run() == 1
    assert capfd.readouterr().err == "AWS cannot be set up: The config profile (nobody) could not be found.\n"


def test_wrong_credentials_are_one_line(
    aws: Cloud, guarded: None, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWNUNKNOWN00")
    assert run() == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("AWS does not accept the credentials: An error occurred (InvalidClientTokenId)")
    assert line.endswith("Renew them ('aws sso login', or new keys).")


@pytest.mark.parametrize("arguments", [[], ["destroy", "--yes", "digits"]])
def test_who_may_do_nothing_is_told_what_was_refused(
    arguments: list[str], guarded: None, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 1
    said = capfd.readouterr().err.splitlines()[-1]
    assert "An error occurred (AccessDenied) when calling the DescribeStacks operation" in said
    assert "cloudformation:DescribeStacks" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--env", "test"], "samconfig.toml has no section 'test'. Give ENV=default or ENV=prod."),
        (["Memory=512"], "'Memory=512' sets no parameter of template.yaml. It has Architecture, MemorySize, "),
        (["MemorySize"], "'MemorySize' sets no parameter of template.yaml. It has Architecture, MemorySize, "),
    ],
)
def test_what_the_template_does_not_know_is_refused(
    arguments: list[str], said: str, aws: Cloud, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 1
    assert capfd.readouterr().err.startswith(said)


def test_a_cloud_out_of_reach_is_one_line(
    aws: Cloud, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert run() == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert "Could not connect to the endpoint URL" in line
