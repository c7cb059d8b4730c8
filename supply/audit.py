"""Known vulnerabilities of pinned requirements, by pip-audit and PyPI.

pip-audit skips a package that its source does not know, and exits with 0: behind a mirror, which has files but no
advisories, it would never find a vulnerability. This module treats unknown packages as errors.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from supply.shipped import SupplyError

TIMEOUT = 15  # seconds; pip-audit's default


@dataclass(frozen=True)
class Audit:
    """Number of checked packages, names of unknown ones, and a line for each vulnerability."""

    checked: int
    unknown: tuple[str, ...]
    vulnerabilities: tuple[str, ...]


class UnreachableError(Exception):
    """No source of advisories can be reached."""


def audit(requirements: Path) -> Audit:
    """Query PyPI for each pin. Raises UnreachableError, and SupplyError for a file without pins."""
    _check(requirements)
    command = ["-m", "pip_audit", "--requirement", str(requirements), "--no-deps", "--disable-pip"]
    options = ["--format", "json", "--progress-spinner", "off", "--timeout", str(TIMEOUT)]
    done = subprocess.run([sys.executable, *command, *options], capture_output=True, text=True)
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except ValueError:
        raise UnreachableError((done.stderr.strip().splitlines() or ["pip-audit wrote no output"])[-1]) from None
    unknown = tuple(each["name"] for each in dependencies if "skip_reason" in each)
    if len(unknown) == len(dependencies):
        raise UnreachableError("pypi.org/pypi/NAME/VERSION/json has none of the packages: the source is a mirror")
    return Audit(
        len(dependencies),
        unknown,
        tuple(
            f"{each['name']} {each['version']} has {advisory['id']}: {_fix(advisory['fix_versions'])}"
            for each in dependencies
            for advisory in each.get("vulns", ())
        ),
    )


def _check(requirements: Path) -> None:
    """Raise SupplyError for a file that pip-audit cannot read: its own error looks like a missing network."""
    try:
        text = requirements.read_text().replace("\\\n", " ")
        lines = [re.split(r"#| --hash", line)[0].strip() for line in text.splitlines()]
        pins = [Requirement(line) for line in lines if line]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        raise SupplyError(
            f"{requirements} cannot be audited ({reason}). Give a file with one NAME==VERSION a line."
        ) from None
    if not pins:
        raise SupplyError(f"{requirements} cannot be audited (it is empty). Give a file with one NAME==VERSION a line.")


def _fix(fixed_in: list[str]) -> str:
    return f"upgrade to {' or '.join(fixed_in)}" if fixed_in else "no fixed version yet"
