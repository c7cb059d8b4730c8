"""The command line of training: what it trains, where to, and what it says to a mistake."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.wandb_folder import environment
from training import __main__ as training
from training import recipes, trainer
from training.trainer import Job


def chosen(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[Job]:
    monkeypatch.setattr(sys, "argv", ["training", *arguments])
    return training.choose(training.parse())


def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """What a command line that is refused is answered with."""
    monkeypatch.setattr(sys, "argv", ["training", *arguments])
    with pytest.raises(SystemExit) as refused:
        training.main()
    assert refused.value.code not in (0, None)
    return str(refused.value.code) if isinstance(refused.value.code, str) else capsys.readouterr().err


def test_one_model_is_trained_by_the_default_recipe_or_the_named_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen(monkeypatch, "mlp") == [Job("mlp", recipes.DEFAULT["mlp"])]
    assert chosen(monkeypatch, "tree", "--recipe", "original", "--quick") == [Job("tree", "original", quick=True)]


def test_all_is_every_recipe_that_the_evaluation_compares(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [job.name for job in chosen(monkeypatch, "all")]
    assert len(names) == len(set(names))
    assert {"mlp-original", "mlp-compact", "tree-original"} <= set(names)
    assert {f"{kind}-{recipe}" for kind, recipe in recipes.DEFAULT.items()} <= set(names)
    assert chosen(monkeypatch, "all", "--recipe", "original") == [Job("mlp", "original"), Job("tree", "original")]


def test_quick_is_a_few_epochs_and_copies_of_the_same_recipe() -> None:
    for job in trainer.evaluated(quick=True):
        assert job.steps <= max(trainer.QUICK_EPOCHS, trainer.QUICK_COPIES + 1)
        assert job.settings().seed == Job(job.kind, job.recipe).settings().seed


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["forest"], "invalid choice: 'forest'"),
        (["mlp", "--recipe", "none"], "choose from 'original', "),
        (["all", "--recipe", "compact"], "tree has no recipe 'compact'. Choose from: original, "),
        (["tree", "--data", "/nowhere"], "git checkout training/data, or give --data DIR."),
        (["tree", "--no-track", "--out", "/dev/null/folder"], "Give another folder: --out DIR"),
    ],
)
def test_a_mistake_is_answered_with_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], answer: str
) -> None:
    assert answer in said(capsys, monkeypatch, *arguments)


def test_untracked_training_leaves_the_model_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training", "tree", "--recipe", "original", "--quick", "--no-track"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "tree-original.joblib",
        "tree-original.json",
    ]
    assert "1 trained in" in done.stderr
