"""Resources of .github/role.yaml, and the statements of its deploy role."""

from typing import Any

from tests.support.template import ROOT

ROLE = ROOT / ".github" / "role.yaml"


def resources() -> dict[str, Any]:
    """Return the resources of .github/role.yaml."""
    from cfnlint.decode import cfn_yaml  # type: ignore[import-untyped]

    read: dict[str, Any] = cfn_yaml.load(str(ROLE))["Resources"]
    return read


def statements() -> list[dict[str, Any]]:
    """Return every statement of the deploy role."""
    made = resources()
    policies = [each["Ref"] for each in made["DeployRole"]["Properties"]["ManagedPolicyArns"]]
    return [each for name in policies for each in made[name]["Properties"]["PolicyDocument"]["Statement"]]
