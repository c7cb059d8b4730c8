"""Commands run by another Python, and without the packages: one clear line, never a traceback."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.wrong_use import WrongUse, check

pytestmark = pytest.mark.slow

MODULES = (
    *("training", "export", "evaluation", "report", "benchmarks", "deploy", "supply", "supply.npm"),
    *("tests.support.audits", "tests.support.contract", "tests.support.deploy", "tests.support.events"),
    *("tests.support.fuzz", "tests.support.interrupt", "tests.support.reload_stress", "tests.support.sam_local"),
    "tests.support.soak",
)
OTHER = shutil.which("python3", path="/usr/bin") or sys.executable
REMEDY = r"run \.venv/bin/python, which 'make \.venv/develop' installs\.$"
MISSING, VERSION = rf"^\w+ is not installed here: {REMEDY}", rf"^This needs Python 3\.13: {REMEDY}"


def is_other_version(python: str) -> bool:
    return subprocess.run([python, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 13))"]).returncode == 1


@pytest.mark.parametrize("module", MODULES)
def test_python_without_packages_prints_one_line(module: str, tmp_path: Path) -> None:
    check(WrongUse(module, (module,), MISSING, python=(sys.executable, "-S")), tmp_path)


@pytest.mark.skipif(not is_other_version(OTHER), reason="/usr/bin/python3 is missing, or is Python 3.13")
@pytest.mark.parametrize("module", MODULES)
def test_other_python_prints_one_line(module: str, tmp_path: Path) -> None:
    check(WrongUse(module, (module,), VERSION, python=(OTHER,)), tmp_path)
