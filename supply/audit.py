"""Pinned requirements come in; the vulnerabilities that PyPI knows of go out, as pip-audit reads them.

pip-audit calls a package that its source does not know skipped, and ends well: behind a mirror, which has files and no
advisories, nothing would ever be found. So this tells the two apart.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SECONDS = 15  # until a source that does not answer counts as out of reach; pip-audit's own


@dataclass(frozen=True)
class Audit:
    """`asked` packages, of which `unknown` are not known to the source; a line for each vulnerability."""

    asked: int
    unknown: tuple[str, ...]
    vulnerabilities: tuple[str, ...]


class UnreachableError(Exception):
    """No source of advisories answers."""


def audit(requirements: Path) -> Audit:
    """Ask PyPI about each pin. Raises UnreachableError."""
    command = ["-m", "pip_audit", "--requirement", str(requirements), "--no-deps", "--disable-pip"]
    options = ["--format", "json", "--progress-spinner", "off", "--timeout", str(SECONDS)]
    done = subprocess.run([sys.executable, *command, *options], capture_output=True, text=True)
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except ValueError:
        raise UnreachableError((done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]) from None
    unknown = tuple(each["name"] for each in dependencies if "skip_reason" in each)
    if len(unknown) == len(dependencies):
        raise UnreachableError("pypi.org/pypi/NAME/VERSION/json knows none of the packages: a mirror answers for it")
    return Audit(
        len(dependencies),
        unknown,
        tuple(
            f"{each['name']} {each['version']} has {found['id']}: {_advice(found['fix_versions'])}"
            for each in dependencies
            for found in each.get("vulns", ())
        ),
    )


def _advice(fixed_in: list[str]) -> str:
    return f"raise it to {' or '.join(fixed_in)}" if fixed_in else "no version is without it yet"
