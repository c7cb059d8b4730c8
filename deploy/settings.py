"""A section of samconfig.toml and what the command line adds come in; one deployment's settings go out."""

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
    """Which section of samconfig.toml, which stack, the region if the section names one, the template's parameters."""

    env: str
    stack: str
    region: str | None
    parameters: dict[str, str]


def read(env: str, stack: str | None, given: Iterable[str]) -> Settings:
    """Read a section. What is `given` (NAME=VALUE) comes before what the section says. Raises DeployError.

    `sam deploy` would take the one or the other, and would pass over a name that the template does not have.
    """
    config = tomllib.loads(SAMCONFIG.read_text())
    if not isinstance(config.get(env), dict):
        sections = " or ".join(f"ENV={name}" for name, section in config.items() if isinstance(section, dict))
        raise DeployError(f"samconfig.toml has no section {env!r}. Give {sections}.")
    commands = config[env]
    section = commands.get("global", {}).get("parameters", {}) | commands.get("deploy", {}).get("parameters", {})
    names = parameter_names()
    pairs = [*shlex.split(section.get("parameter_overrides", "")), *given]
    for pair in pairs:
        if "=" not in pair or pair.partition("=")[0] not in names:
            raise DeployError(f"{pair!r} sets no parameter of template.yaml. It has {', '.join(names)}.")
    parameters = dict(pair.split("=", 1) for pair in pairs)
    return Settings(env, stack or section["stack_name"], section.get("region"), parameters)


def parameter_names() -> list[str]:
    """The template's parameters, in its order."""
    block = re.split(r"^\S", TEMPLATE.read_text().partition("\nParameters:\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^  (\w+):", block, re.MULTILINE)
