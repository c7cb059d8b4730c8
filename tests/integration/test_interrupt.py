"""Long commands in a terminal, stopped by Ctrl-C and SIGTERM: one line, and nothing is left behind.

`python -m tests.support.interrupt` prints the moments, lines and seconds; `--seed` draws other moments.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.artifact import Artifact
from tests.support.browser.chromium import executable
from tests.support.interrupt.command import BUILT, COMMANDS, TRAINED, interrupt_twice
from tests.support.interrupt.terminal import damaged_files
from tests.support.require import require
from tests.support.template import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(quick_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the models, into which the export writes."""
    return shutil.copytree(quick_models / "artifacts" / "quick", tmp_path_factory.mktemp("trained") / "quick")


def changes() -> str:
    """Return the changed files of the working tree."""
    return subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_interrupted_command_prints_one_line(command: str, tmp_path: Path, trained: Path, artifact: Artifact) -> None:
    require(shutil.which("setsid") is not None, "There is no setsid (util-linux)", "apt-get install util-linux")
    require("audits" not in command or executable() is not None, "There is no Chromium", "apt-get install chromium")
    before = changes()
    for each in interrupt_twice(command, tmp_path, {TRAINED: trained, BUILT: artifact.build}):
        assert each.is_clean(), f"{each.signal.name} after {each.moment:.1f} s: {each}"
    assert not damaged_files(tmp_path)
    assert changes() == before
