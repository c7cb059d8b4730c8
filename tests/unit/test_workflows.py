"""GitHub workflows: pinned actions, existing targets and modules, minimal permissions, rollback."""

import os
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
LOCAL = re.compile(r"uses: \$(/\.github/actions/[\w-]+)$")
ACTIONS = {
    "actions/attest",
    "actions/cache",
    "actions/checkout",
    "actions/setup-python",
    "actions/upload-artifact",
    "aws-actions/configure-aws-credentials",
}
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(GITHUB).as_posix())


def jobs(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(path.read_text())
    result: dict[str, Any] = read.get("jobs") or {"": read["runs"]}
    return result


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job["steps"]]


def scripts(path: Path) -> str:
    return "\n".join(step["run"] for step in steps(path) if "run" in step)


def workflow(name: str) -> dict[str, Any]:
    text = (GITHUB / "workflows" / name).read_text()
    read: dict[str, Any] = yaml.safe_load(text.replace("\non:\n", '\n"on":\n'))  # YAML 1.1 reads a bare on as true
    return read


@each_file
def test_every_action_is_pinned_by_commit(path: Path) -> None:
    for line in (line.strip().removeprefix("- ") for line in path.read_text().splitlines()):
        if line.startswith("uses:") and not (local := LOCAL.match(line)):
            assert PINNED.match(line), line
            assert line.split()[1].split("@")[0] in ACTIONS, line
        elif line.startswith("uses:"):
            assert local
            assert (ROOT / local[1].removeprefix("/") / "action.yml").is_file()


def test_each_action_has_one_version() -> None:
    used = {line.split("uses: ")[1] for path in FILES for line in path.read_text().splitlines() if "uses: a" in line}
    assert len(used) == len({each.split("@")[0] for each in used})


@each_file
def test_every_make_target_exists(path: Path) -> None:
    targets = set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = set(re.findall(r"\bmake ([\w./-]+)", scripts(path)))
    assert called <= targets


@each_file
def test_every_python_module_exists(path: Path) -> None:
    for module in re.findall(r"python -m ([\w.]+)", scripts(path)):
        assert find_spec(module), module
    for file in re.findall(r"-m pytest (\S+)", scripts(path)):
        assert (ROOT / file).exists(), file


@each_file
def test_every_script_is_valid_bash(path: Path) -> None:
    done = subprocess.run(["bash", "-n"], input=scripts(path), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@each_file
def test_scripts_have_no_github_expressions(path: Path) -> None:
    assert "${{" not in scripts(path)


@each_file
def test_checkout_does_not_persist_credentials(path: Path) -> None:
    for step in steps(path):
        if "actions/checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_permissions_timeout_and_runner_are_explicit(path: Path) -> None:
    assert workflow(path.name)["permissions"] == {}
    for job in jobs(path).values():
        assert job["permissions"]
        assert job["timeout-minutes"] <= 60
        assert re.fullmatch(r"ubuntu-\d\d\.\d\d", job["runs-on"])  # not `latest`, which changes


def test_only_jobs_of_an_environment_have_oidc_tokens() -> None:
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


@pytest.mark.parametrize(("name", "job"), [("deploy.yml", "deploy"), ("models.yml", "s3")])
def test_nothing_is_installed_or_built_with_credentials(name: str, job: str) -> None:
    listed = jobs(GITHUB / "workflows" / name)[job]["steps"]
    given = next(n for n, step in enumerate(listed) if "configure-aws-credentials@" in step.get("uses", ""))
    before, after = ([step.get("run", "") for step in part] for part in (listed[:given], listed[given:]))
    assert any("make .venv/develop" in script for script in before)
    for script in after:
        for line in script.splitlines():
            if "make .venv/develop" in line:  # the rollback installs and builds another release
                assert "env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN make" in line
            if "make deploy" in line:
                assert "BUILT=" in line or listed[given + after.index(script)]["env"]["BUILT"]


def test_no_installer_runs_with_a_secret() -> None:
    for step in (step for path in WORKFLOWS for step in steps(path)):
        assert not ("secrets." in str(step.get("env")) and "make .venv/develop" in step.get("run", ""))


def test_attested_zip_is_the_deployed_one(tmp_path: Path) -> None:
    """Run the build step with the template of `sam build`, and a `make` that does nothing."""
    build = tmp_path / ".aws-sam" / "build"
    (build / "DigitsFunction").mkdir(parents=True)
    (build / "DigitsFunction" / "app.py").write_text("")
    template = yaml.dump({"DigitsFunction": {"Properties": {"CodeUri": "DigitsFunction", "Handler": "app.handler"}}})
    (build / "template.yaml").write_text(template)
    (script,) = (step["run"] for step in steps(GITHUB / "workflows" / "deploy.yml") if step.get("id") == "build")
    for parameters, arch in (("MemorySize=512 Architecture=arm64", "arm64"), ("", "x86_64")):
        (build / "template.yaml").write_text(template)
        (tmp_path / "output").write_text("")
        environment = {**os.environ, "PARAMETERS": parameters, "GITHUB_OUTPUT": str(tmp_path / "output")}
        command = f'make() {{ echo "$@"; }}\n{script}'
        done = subprocess.run(["bash", "-ec", command], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, f".venv/develop sbom ARCH={arch}\n"), done.stderr
        assert (tmp_path / "output").read_text() == f"arch={arch}\n"
        assert "CodeUri: function.zip" in (build / "template.yaml").read_text()
    attested = [
        step["with"] for step in steps(GITHUB / "workflows" / "deploy.yml") if "attest@" in step.get("uses", "")
    ]
    assert {each["subject-path"] for each in attested} == {".aws-sam/build/function.zip"}
    assert [each.get("sbom-path") for each in attested] == [None, ".aws-sam/build/sbom.cdx.json"]
    assert (build / "function.zip").is_file()


def test_every_deploy_environment_is_a_section_of_samconfig() -> None:
    inputs = workflow("deploy.yml")["on"]["workflow_dispatch"]["inputs"]
    samconfig = (ROOT / "samconfig.toml").read_text()
    for name in inputs["environment"]["options"]:
        assert f"[{name}." in samconfig


def test_release_workflows_use_no_cache() -> None:
    for name in ("deploy.yml", "models.yml"):
        text = (GITHUB / "workflows" / name).read_text()
        assert "actions/cache@" not in text
        assert "actions/prepare" not in text


def test_deploy_and_models_workflows_run_one_at_a_time() -> None:
    for name, group in (("deploy.yml", "deploy"), ("models.yml", "models")):
        assert workflow(name)["concurrency"] == {"group": group, "cancel-in-progress": False}


def run_rollback(folder: Path, tags: int, served: str = "") -> tuple[int, str, str]:
    """Run the rollback step in a repository with some releases. Returns its exit status, output and condition.

    The first release has only the parameter MemorySize.
    """

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    git("init", "-q")
    for number in range(1, tags + 1):
        deploying = f"deploy:\n\t@echo deploying v{number} $(ENV) $(STACK) $(PARAMETERS)\n"
        (folder / "Makefile").write_text(f'{deploying}.venv/develop build:\n\t@test -z "$$AWS_ACCESS_KEY_ID"\n')
        added = "" if number == 1 else "  AlarmEmail:\n    Type: String\n"
        (folder / "template.yaml").write_text(f"Parameters:\n  MemorySize:\n    Type: Number\n{added}")
        git("add", ".")
        git("commit", "-qm", f"v{number}")
        git("tag", f"v{number}")
    (step,) = (each for each in steps(GITHUB / "workflows" / "deploy.yml") if "checkout --force" in each.get("run", ""))
    environment = {
        "PATH": "/usr/bin:/bin",
        "AWS_ACCESS_KEY_ID": "key",
        "ENV": "prod",
        "STACK": "digits",
        "SERVED": served,
    }
    environment["PARAMETERS"] = "MemorySize=512 AlarmEmail=me@example.org"
    command = ["bash", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout, step["if"]


@pytest.mark.parametrize(
    ("served", "release", "parameters"),
    [
        ("", "v2", "MemorySize=512 AlarmEmail=me@example.org"),
        ("v2", "v2", "MemorySize=512 AlarmEmail=me@example.org"),
        ("v1", "v1", "MemorySize=512"),
    ],
    ids=["not recorded", "previous", "older, without a parameter"],
)
def test_failed_deployment_is_rolled_back_to_release_that_served(
    served: str, release: str, parameters: str, tmp_path: Path
) -> None:
    status, output, condition = run_rollback(tmp_path, 3, served)
    assert status == 0
    assert output.splitlines() == [
        f"deploying {release} prod digits {parameters}",
        f"::error::The deployment failed; rolled back to {release}.",
    ]
    assert condition == "failure() && steps.deploy.outcome == 'failure'"


@pytest.mark.parametrize(("tags", "served"), [(1, ""), (3, "v3"), (3, "v9-dirty")])
def test_without_another_release_nothing_is_rolled_back(tags: int, served: str, tmp_path: Path) -> None:
    status, output, _ = run_rollback(tmp_path, tags, served)
    assert status == 1
    assert output == "::error::The deployment failed, and there is no other release to roll back to.\n"


def test_dependabot_has_cooldown_and_groups() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text())["updates"]
    assert {each["package-ecosystem"] for each in updates} == {"docker", "github-actions", "npm", "pip"}
    for each in updates:
        assert each["cooldown"]["default-days"] >= 7
        assert len(each["groups"]) == 1
        for folder in each.get("directories", [each.get("directory")]):
            assert (ROOT / folder.removeprefix("/")).is_dir()


@pytest.mark.slow
def test_make_check_workflows_passes() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "-o", ".venv/develop", "check-workflows"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
