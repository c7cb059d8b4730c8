"""Settings of a deployment: a section of samconfig.toml and the command line's parameters."""

import re
import shlex
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deploy.console import DeployError

ROOT = Path(__file__).parents[1]
SAMCONFIG = ROOT / "samconfig.toml"
TEMPLATE = ROOT / "template.yaml"


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
    parameters = dict(pair.split("=", 1) for pair in pairs)
    return Settings(env, stack or section["stack_name"], section.get("region"), parameters)


def parameter_names() -> list[str]:
    """Return the names of the template's parameters, in order."""
    block = re.split(r"^\S", TEMPLATE.read_text().partition("\nParameters:\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^  (\w+):", block, re.MULTILINE)
