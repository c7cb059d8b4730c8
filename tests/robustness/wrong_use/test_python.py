"""Commands run by another Python, and without the packages: one clear line, never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.require import require
from tests.support.wrong_use import PYTHON, WrongUse, check

pytestmark = pytest.mark.slow

MODULES = (
    *("training", "export", "evaluation", "report", "benchmarks", "deploy", "supply", "supply.npm"),
    *("tests.support.audits", "tests.support.contract", "tests.support.deploy", "tests.support.events"),
    *("tests.support.fuzz", "tests.support.interrupt", "tests.support.reload_stress", "tests.support.sam_local"),
    "tests.support.soak",
)
REMEDY = r"run \.venv/bin/python, which 'make \.venv/develop' installs\.$"
MISSING, VERSION = rf"^\w+ is not installed here: {REMEDY}", rf"^This needs Python 3\.13: {REMEDY}"


@pytest.fixture(scope="module", name="other")
def _other() -> str:
    """Path of a Python that is older than 3.13."""
    uv = str(Path(sys.executable).with_name("uv"))
    find = [uv, "python", "find", "--no-project", "--system", "--no-python-downloads", "<3.13"]
    found = subprocess.run(find, capture_output=True, text=True)
    require(found.returncode == 0, "There is no Python older than 3.13", "apt-get install python3")
    return str(found.stdout.strip())


@pytest.mark.parametrize("module", MODULES)
def test_python_without_packages_prints_one_line(module: str, tmp_path: Path) -> None:
    check(WrongUse(module, (module,), MISSING, python=(*PYTHON, "-S")), tmp_path)


@pytest.mark.parametrize("module", MODULES)
def test_other_python_prints_one_line(module: str, tmp_path: Path, other: str) -> None:
    check(WrongUse(module, (module,), VERSION, python=(other,)), tmp_path)
