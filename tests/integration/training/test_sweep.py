"""Settings become recipes, mistakes in them are named, and a search without a server is read back from disk."""

import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from export.registry import offline_run
from tests.support.wandb_folder import ROOT, environment
from tests.support.wandb_server import Server
from training import dataset
from training.recipes import MLP
from training.tracking import sweep
from training.tracking.sweep import SweepError

TINY: dict[str, Any] = {
    "method": "random",
    "metric": {"name": "val_accuracy", "goal": "maximize"},
    "parameters": {
        "recipe": {"value": "compact"},
        "hidden": {"value": [8]},
        "epochs": {"value": 2},
        "batch": {"value": 512},
        "learning_rate": {"distribution": "log_uniform_values", "min": 0.001, "max": 0.01},
        "distortion": {"parameters": {"rotation": {"min": 5.0, "max": 15.0}}},
    },
}


def test_settings_become_a_recipe_over_the_named_one() -> None:
    found = sweep.recipe(
        {"recipe": "compact", "hidden": [64, 32, 16], "dropout": 0.1, "ema": 0.99, "distortion": {"rotation": 3.0}}
    )
    base = MLP["compact"]
    assert (found.hidden, found.dropout, found.ema) == ((64, 32, 16), (0.1, 0.1, 0.1), 0.99)
    assert found.distortion is not None
    assert base.distortion is not None
    assert (found.distortion.rotation, found.distortion.shift) == (3.0, base.distortion.shift)
    assert (found.epochs, found.learning_rate) == (base.epochs, base.learning_rate)


def test_no_settings_are_the_recipe_itself() -> None:
    for name, recipe in MLP.items():
        assert sweep.recipe({"recipe": name}) == recipe


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"learning_rte": 1}, r"'learning_rte' is no setting of a network\. Choose from: recipe, hidden, dropout, "),
        ({"distortion": {"spin": 1}}, r"'distortion\.spin' is no setting .* Choose from: rotation, "),
        ({"recipe": "upright"}, "no recipe 'upright' of a network. Choose from: original, "),
        ({"hidden": [8, 8], "dropout": [0.1]}, "'dropout' has 1 shares for 2 hidden layers"),
    ],
)
def test_a_setting_that_no_network_has_is_named(parameters: dict[str, Any], reason: str) -> None:
    with pytest.raises(SweepError, match=reason):
        sweep.recipe(parameters)


def test_the_committed_search_can_be_drawn_and_trained() -> None:
    config = sweep.load(ROOT / "sweep.yaml")
    drawn = [sweep.draw(config["parameters"], random.Random(seed)) for seed in range(50)]
    found = {sweep.recipe(parameters) for parameters in drawn}
    assert len(found) == 50
    rates = [recipe.learning_rate for recipe in found]
    low, high = (config["parameters"]["learning_rate"][end] for end in ("min", "max"))
    assert low <= min(rates) < max(rates) <= high
    assert config["metric"] == {"name": "val_accuracy", "goal": "maximize"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("parameters: [", "is not YAML"),
        ("- a", "has no 'parameters:'"),
        ("parameters: {hidden: {value: 8}}", "'metric:' has to have the name val_accuracy"),
        ("metric: {name: val_accuracy}\nparameters: {hiden: {value: 8}}", "'hiden' is no setting"),
        ("metric: {name: val_accuracy}\nparameters: {ema: {min: 2, max: 1}}", "'ema' has to have a value, values"),
        ("metric: {name: val_accuracy}\nparameters: {ema: 0.9}", "'ema' has to have a value, values"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "sweep.yaml"
    file.write_text(text)
    with pytest.raises(SweepError, match=reason) as refused:
        sweep.load(file)
    assert str(file) in str(refused.value)


def test_the_test_images_are_never_seen() -> None:
    data = dataset.load()
    assert len(sweep._unseen(data, quick=False).test) == 0
    assert len(sweep._unseen(data, quick=True).test) == 0


def test_a_search_without_a_server_is_read_back_from_disk(tmp_path: Path) -> None:
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump(TINY))
    command = [sys.executable, "-m", "training", "sweep", "--offline", "--count", "2", "--quick"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    runs = [offline_run.read(folder) for folder in sorted(tmp_path.glob("wandb/offline-run-*"))]
    assert [run.job for run in runs] == ["sweep", "sweep"]
    assert len({run.group for run in runs}) == 1
    assert len({run.config["learning_rate"] for run in runs}) == 2
    best = 0.0
    for run in runs:
        assert run.config["hidden"] == [8]
        assert 5 <= run.config["distortion"]["rotation"] <= 15
        assert run.config["epochs"] == 2
        accuracies = [step["val_accuracy"] for step in run.history]
        assert len(accuracies) == 2
        best = max(best, accuracies[-1])
    assert f"Best on the 1,000 validation images: {best:.2%}" in done.stderr


def test_without_an_account_a_search_says_what_to_do(tmp_path: Path) -> None:
    shutil.copy(ROOT / "sweep.yaml", tmp_path)
    command = [sys.executable, "-m", "training", "sweep"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "set WANDB_API_KEY or run 'wandb login'" in done.stderr
    assert "python -m training sweep --offline" in done.stderr


def test_an_agent_trains_what_the_server_chooses(tmp_path: Path) -> None:
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump(TINY))
    settings: dict[str, Any] = {"recipe": "compact", "hidden": [8], "epochs": 2, "batch": 512, "learning_rate": 0.01}
    command = [sys.executable, "-m", "training", "sweep", "--count", "2", "--quick"]
    with Server() as server:
        server.choices = [settings, settings | {"hiden": 8}]
        account = environment(tmp_path, WANDB_BASE_URL=server.url, WANDB_API_KEY="a" * 40)
        done = subprocess.run(command, cwd=tmp_path, env=account, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "python -m training sweep --id me/digits/s1" in done.stderr
    assert server.sweeps == {"s1": {"run1", "run0"}}
    assert "These settings cannot be trained: 'hiden' is no setting" in done.stderr
    assert len([step for step in server.history if "val_accuracy" in step]) == settings["epochs"]


@pytest.mark.parametrize("refusing", [True, False])
def test_a_server_that_refuses_or_is_gone_is_one_line(tmp_path: Path, refusing: bool) -> None:
    shutil.copy(ROOT / "sweep.yaml", tmp_path)
    command = [sys.executable, "-m", "training", "sweep"]
    with Server() as server:
        server.refusing = True
        url = server.url if refusing else "http://127.0.0.1:9"
        account = environment(tmp_path, WANDB_BASE_URL=url, WANDB_API_KEY="a" * 40)
        done = subprocess.run(
            command, cwd=tmp_path, env=account, capture_output=True, text=True, check=False, timeout=120
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert ("W&B refused: " if refusing else "add --offline") in done.stderr.splitlines()[-1]
