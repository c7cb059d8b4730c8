"""`python -m evaluation` on a fresh clone, which has no artifacts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evaluation import predictions, schema
from evaluation.command import QUICK_FOLDER, QUICK_IMAGES
from report import results
from report.command import FOLDER
from tests.support.wrong_use import ROOT

pytestmark = pytest.mark.slow

TIMEOUT = 900  # seconds: about 60 on an idle machine


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files that git tracks."""
    folder = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def output(clone: Path) -> str:
    """Run the command. Returns what it prints."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(clone), str(clone / "functions")))}
    command = [sys.executable, "-m", "evaluation", "--quick"]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_quick_evaluation_leaves_committed_results(clone: Path, output: str) -> None:
    assert f"Wrote {QUICK_FOLDER / schema.FILE}" in output
    for path in (ROOT / FOLDER).iterdir():
        assert (clone / FOLDER / path.name).read_bytes() == path.read_bytes(), path.name


def test_results_can_be_read_by_the_report(clone: Path, output: str) -> None:
    measured = results.read(clone / QUICK_FOLDER)
    assert measured.predictions is not None
    assert measured.evaluation["images"] == QUICK_IMAGES


def test_predictions_are_the_committed_ones(clone: Path, output: str) -> None:
    measured, committed = (results.read(folder).predictions for folder in (clone / QUICK_FOLDER, ROOT / FOLDER))
    assert measured is not None
    assert committed is not None
    for kind in schema.KINDS:
        expected = committed["models"][kind]["predictions"][:QUICK_IMAGES]
        assert measured["models"][kind]["predictions"] == expected
    assert measured["labels"] == predictions.text(predictions.labels(committed)[:QUICK_IMAGES])
