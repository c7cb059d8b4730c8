"""Settings of a deployment: a section of samconfig.toml and the command line's parameters."""

import hashlib
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.console import DeployError

ROOT = Path(__file__).parents[1]
SAMCONFIG = ROOT / "samconfig.toml"
TEMPLATE = ROOT / "template.yaml"
RELEASE_LENGTH = 40  # characters; as in template.yaml


@dataclass(frozen=True)
class Settings:
    """Section of samconfig.toml, stack, region (None if the section has none) and template parameters."""

    env: str
    stack: str
    region: str | None
    parameters: dict[str, str]


def read(env: str, stack: str | None, overrides: Iterable[str]) -> Settings:
    """Read a section. Overrides (NAME=VALUE) take precedence over its parameters. Raises DeployError.

    `sam deploy` does not merge the two, and ignores parameters that the template does not have.
    """
    config = tomllib.loads(SAMCONFIG.read_text())
    if not isinstance(config.get(env), dict):
        sections = " or ".join(f"ENV={name}" for name, section in config.items() if isinstance(section, dict))
        raise DeployError(f"samconfig.toml has no section {env!r}. Use {sections}.")
    commands = config[env]
    section = commands.get("global", {}).get("parameters", {}) | commands.get("deploy", {}).get("parameters", {})
    names = parameter_names()
    pairs = [*shlex.split(section.get("parameter_overrides", "")), *overrides]
    for pair in pairs:
        if "=" not in pair or pair.partition("=")[0] not in names:
            raise DeployError(f"{pair!r} is not NAME=VALUE of a parameter of template.yaml: {', '.join(names)}.")
    parameters = {"Release": release()} | dict(pair.split("=", 1) for pair in pairs)
    if "OriginSecretsAccepted" in parameters:
        parameters["OriginSecretsName"] = name_of(parameters["OriginSecretsAccepted"])
    return Settings(env, stack or section["stack_name"], section.get("region"), parameters)


def with_architecture(settings: Settings, served: Mapping[str, str]) -> Settings:
    """Return the settings with an architecture to build for: the given one, the stack's, or the template's default."""
    architecture = served.get("Architecture") or default("Architecture")
    return replace(settings, parameters={"Architecture": architecture} | settings.parameters)


def name_of(secrets: str) -> str:
    """Return a name that changes with the secrets and does not reveal them, for the function's description."""
    return hashlib.sha256(secrets.encode()).hexdigest()[:8] if secrets else "none"


def release() -> str:
    """Return the version of the code in git's terms, such as v1.0.0 or v1.0.0-2-g0123abc; "unknown" without git."""
    command = ["git", "describe", "--tags", "--always", "--dirty", "--match", "v*"]
    try:
        described = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return "unknown"
    return described.stdout.strip()[:RELEASE_LENGTH] or "unknown"


def parameter_names() -> list[str]:
    """Return the names of the template's parameters, in order."""
    return re.findall(r"^  (\w+):", _parameters(), re.MULTILINE)


def default(name: str) -> str:
    """Return the default of a parameter of the template."""
    block = _parameters().partition(f"  {name}:\n")[2]
    match = re.search(r"^    Default: \"?([^\s\"]*)", block, re.MULTILINE)
    return match[1] if match else ""


def _parameters() -> str:
    text = TEMPLATE.read_text().partition("\nParameters:\n")[2]
    return re.split(r"^\S", text, maxsplit=1, flags=re.MULTILINE)[0]
