"""Command line of `python -m training`."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import SpinnerColumn

from command_line import CommandError
from tests.support.wandb_folder import environment
from training import command as training
from training import recipes, trainer
from training.tracking.progress import ProgressReporter
from training.trainer import Job


def selected(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[Job]:
    monkeypatch.setattr(sys, "argv", ["training", *arguments])
    return training.select_jobs(training.parse())


def error_message(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Run a command line that fails, and return its error message."""
    monkeypatch.setattr(sys, "argv", ["training", *arguments])
    with pytest.raises((CommandError, SystemExit)) as raised:
        training.main()
    if isinstance(raised.value, CommandError):
        return str(raised.value)
    assert isinstance(raised.value, SystemExit)
    assert raised.value.code == 2
    return capsys.readouterr().err


def test_kind_selects_its_default_or_given_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    assert selected(monkeypatch, "mlp") == [Job("mlp", recipes.DEFAULT["mlp"])]
    assert selected(monkeypatch, "tree", "--recipe", "original", "--quick") == [Job("tree", "original", quick=True)]


def test_all_selects_every_evaluated_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [job.name for job in selected(monkeypatch, "all")]
    assert len(names) == len(set(names))
    assert {"mlp-original", "mlp-compact", "tree-original"} <= set(names)
    assert {f"{kind}-{recipe}" for kind, recipe in recipes.DEFAULT.items()} <= set(names)
    assert selected(monkeypatch, "all", "--recipe", "original") == [Job("mlp", "original"), Job("tree", "original")]


def test_seed_replaces_that_of_the_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (("mlp",), ("tree", "--recipe", "original"), ("all", "--quick")):
        assert {job.settings().seed for job in selected(monkeypatch, *arguments)} == {42}
        assert {job.settings().seed for job in selected(monkeypatch, *arguments, "--seed", "7")} == {7}


def test_bar_shows_time_and_motion_from_the_start_of_a_job() -> None:
    job = Job("tree", "original")
    reporter = ProgressReporter(Console(file=io.StringIO()), [job], "group", track=False)
    (task,) = reporter._progress.tasks
    spinner = reporter._progress.columns[1]
    assert isinstance(spinner, SpinnerColumn)
    assert (task.elapsed, spinner.render(task)) == (None, " ")
    reporter.step(job, None)
    assert task.completed == 0
    assert task.elapsed is not None
    assert spinner.render(task) != " "


def test_quick_limits_epochs_and_copies() -> None:
    for job in trainer.evaluated_jobs(quick=True):
        assert not getattr(job.settings(), "fine_tune", None)
        assert job.steps <= max(trainer.QUICK_EPOCHS, trainer.QUICK_COPIES + 1)
        assert job.settings().seed == Job(job.kind, job.recipe).settings().seed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["forest"], "invalid choice: 'forest'"),
        (["mlp", "--recipe", "none"], "choose from 'original', "),
        (["all", "--recipe", "compact"], "tree has no recipe 'compact'. Choose from: original, "),
        (["tree", "--data", "/nowhere"], "git checkout training/data, or give --data DIR."),
        (["tree", "--no-track", "--out", "/dev/null/folder"], "Give another folder: --out DIR"),
    ],
)
def test_invalid_command_line_error_has_a_remedy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    assert message in error_message(capsys, monkeypatch, *arguments)


@pytest.mark.slow
def test_untracked_training_writes_model_and_report(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training", "tree", "--recipe", "original", "--quick", "--no-track", "--seed", "7"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "tree-original.joblib",
        "tree-original.json",
    ]
    assert "1 trained in" in done.stderr
    assert json.loads(next(tmp_path.rglob("*.json")).read_text())["settings"]["seed"] == 7
