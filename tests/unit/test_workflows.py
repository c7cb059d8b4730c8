"""The workflows call what is here, run nothing that is not pinned, and may do nothing that a job does not say."""

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tests.support.template import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FILES = [*WORKFLOWS, *sorted(GITHUB.glob("actions/*/action.yml"))]
PINNED = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
OWN = re.compile(r"uses: \$(/\.github/actions/[\w-]+)$")
ACTIONS = {
    "actions/cache",
    "actions/checkout",
    "actions/setup-python",
    "actions/upload-artifact",
    "aws-actions/configure-aws-credentials",
}
named = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(GITHUB).as_posix())


def jobs(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(path.read_text())
    found: dict[str, Any] = read.get("jobs") or {"": read["runs"]}
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job["steps"]]


def scripts(path: Path) -> str:
    return "\n".join(step["run"] for step in steps(path) if "run" in step)


def workflow(name: str) -> dict[str, Any]:
    text = (GITHUB / "workflows" / name).read_text()
    read: dict[str, Any] = yaml.safe_load(text.replace("\non:\n", '\n"on":\n'))  # YAML 1.1 reads a bare on as true
    return read


@named
def test_every_action_is_pinned_by_its_commit(path: Path) -> None:
    for line in (line.strip().removeprefix("- ") for line in path.read_text().splitlines()):
        if line.startswith("uses:") and not (own := OWN.match(line)):
            assert PINNED.match(line), line
            assert line.split()[1].split("@")[0] in ACTIONS, line
        elif line.startswith("uses:"):
            assert own
            assert (ROOT / own[1].removeprefix("/") / "action.yml").is_file()


def test_an_action_has_one_version() -> None:
    used = {line.split("uses: ")[1] for path in FILES for line in path.read_text().splitlines() if "uses: a" in line}
    assert len(used) == len({each.split("@")[0] for each in used})


@named
def test_every_target_of_make_is_in_the_makefile(path: Path) -> None:
    targets = set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = set(re.findall(r"\bmake ([\w./-]+)", scripts(path)))
    assert called <= targets


@named
def test_every_module_is_in_this_environment(path: Path) -> None:
    for module in re.findall(r"python -m ([\w.]+)", scripts(path)):
        assert find_spec(module), module
    for file in re.findall(r"-m pytest (\S+)", scripts(path)):
        assert (ROOT / file).exists(), file


@named
def test_every_shell_line_is_one(path: Path) -> None:
    done = subprocess.run(["bash", "-n"], input=scripts(path), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@named
def test_no_shell_line_has_an_expression(path: Path) -> None:
    assert "${{" not in scripts(path)


@named
def test_no_checkout_leaves_its_token_behind(path: Path) -> None:
    for step in steps(path):
        if "actions/checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_allowed_that_a_job_does_not_say(path: Path) -> None:
    assert workflow(path.name)["permissions"] == {}
    for job in jobs(path).values():
        assert job["permissions"]
        assert job["timeout-minutes"] <= 60
        assert re.fullmatch(r"ubuntu-\d\d\.\d\d", job["runs-on"])  # no `latest`, which changes by itself


def test_only_jobs_of_an_environment_are_shown_to_aws() -> None:
    trusted = {
        (path.name, name): job.get("environment")
        for path in WORKFLOWS
        for name, job in jobs(path).items()
        if "id-token" in job["permissions"]
    }
    assert trusted == {
        ("deploy.yml", "deploy"): "${{ inputs.environment || 'prod' }}",
        ("models.yml", "s3"): "models",
    }


def test_every_environment_to_deploy_to_is_a_section_of_samconfig() -> None:
    inputs = workflow("deploy.yml")["on"]["workflow_dispatch"]["inputs"]
    samconfig = (ROOT / "samconfig.toml").read_text()
    for name in inputs["environment"]["options"]:
        assert f"[{name}." in samconfig


def test_a_release_takes_nothing_that_another_run_has_written() -> None:
    for name in ("deploy.yml", "models.yml"):
        text = (GITHUB / "workflows" / name).read_text()
        assert "actions/cache@" not in text
        assert "actions/prepare" not in text


def test_deployments_and_models_wait_for_each_other() -> None:
    for name, group in (("deploy.yml", "deploy"), ("models.yml", "models")):
        assert workflow(name)["concurrency"] == {"group": group, "cancel-in-progress": False}


def rolled_back(folder: Path, tags: int) -> tuple[int, str, str]:
    """Run the rollback's own lines in a repository of some releases; what make was asked for, what was said."""

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    git("init", "-q")
    for number in range(1, tags + 1):
        (folder / "Makefile").write_text(f"deploy:\n\t@echo deploying v{number} $(ENV) $(STACK) $(PARAMETERS)\n")
        git("add", ".")
        git("commit", "-qm", f"v{number}")
        git("tag", f"v{number}")
    (step,) = (each for each in steps(GITHUB / "workflows" / "deploy.yml") if "checkout --force" in each.get("run", ""))
    environment = {"PATH": "/usr/bin:/bin", "ENV": "prod", "STACK": "digits", "PARAMETERS": "MemorySize=512"}
    command = ["bash", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout, step["if"]


def test_what_fails_is_replaced_by_the_release_before(tmp_path: Path) -> None:
    status, said, condition = rolled_back(tmp_path, 3)
    assert status == 0
    assert said.splitlines() == [
        "deploying v2 prod digits MemorySize=512",
        "::error::The deployment failed; v2 is deployed again.",
    ]
    assert condition == "failure() && steps.deploy.outcome == 'failure'"


def test_a_first_release_that_fails_says_so(tmp_path: Path) -> None:
    status, said, _ = rolled_back(tmp_path, 1)
    assert status == 1
    assert said == "::error::The deployment failed, and there is no earlier release to go back to.\n"


def test_dependabot_waits_and_groups() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text())["updates"]
    assert {each["package-ecosystem"] for each in updates} == {"docker", "github-actions", "npm", "pip"}
    for each in updates:
        assert each["cooldown"]["default-days"] >= 7
        assert len(each["groups"]) == 1
        for folder in each.get("directories", [each.get("directory")]):
            assert (ROOT / folder.removeprefix("/")).is_dir()


def test_the_checkers_find_nothing() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "-o", ".venv/develop", "check-workflows"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
