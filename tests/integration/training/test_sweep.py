"""Hyper-parameter search: settings, configuration errors, offline and online searches."""

import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tests.support import wandb_log
from tests.support.wandb_folder import ROOT, environment
from tests.support.wandb_server import Server
from training import dataset
from training.recipes import MLP
from training.tracking import sweep
from training.tracking.sweep import SweepError

SMALL_SWEEP: dict[str, Any] = {
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


def test_settings_override_the_named_recipe() -> None:
    recipe = sweep.recipe(
        {"recipe": "compact", "hidden": [64, 32, 16], "dropout": 0.1, "ema": 0.99, "distortion": {"rotation": 3.0}}
    )
    base = MLP["compact"]
    assert (recipe.hidden, recipe.dropout, recipe.ema) == ((64, 32, 16), (0.1, 0.1, 0.1), 0.99)
    assert recipe.distortion is not None
    assert base.distortion is not None
    assert (recipe.distortion.rotation, recipe.distortion.shift) == (3.0, base.distortion.shift)
    assert (recipe.epochs, recipe.learning_rate) == (base.epochs, base.learning_rate)


def test_without_settings_the_recipe_is_unchanged() -> None:
    for name, recipe in MLP.items():
        assert sweep.recipe({"recipe": name}) == recipe


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"learning_rte": 1}, r"'learning_rte' is no setting of an MLP\. Choose from: recipe, hidden, dropout, "),
        ({"distortion": {"spin": 1}}, r"'distortion\.spin' is no setting .* Choose from: rotation, "),
        ({"recipe": "upright"}, "no MLP recipe 'upright'. Choose from: original, "),
        ({"hidden": [8, 8], "dropout": [0.1]}, "'dropout' has 1 rates for 2 hidden layers"),
    ],
)
def test_unknown_setting_error_names_it(parameters: dict[str, Any], reason: str) -> None:
    with pytest.raises(SweepError, match=reason):
        sweep.recipe(parameters)


def test_committed_search_gives_valid_recipes() -> None:
    config = sweep.load(ROOT / "sweep.yaml")
    samples = [sweep.sample(config["parameters"], random.Random(seed)) for seed in range(50)]
    found = {sweep.recipe(parameters) for parameters in samples}
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
        ("parameters: {hidden: {value: 8}}", "'metric:' must have the name val_accuracy"),
        ("metric: {name: val_accuracy}\nparameters: {hiden: {value: 8}}", "'hiden' is no setting"),
        ("metric: {name: val_accuracy}\nparameters: {ema: {min: 2, max: 1}}", "'ema' must have a value, values"),
        ("metric: {name: val_accuracy}\nparameters: {ema: 0.9}", "'ema' must have a value, values"),
    ],
)
def test_invalid_configuration_error_names_the_file(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "sweep.yaml"
    file.write_text(text)
    with pytest.raises(SweepError, match=reason) as raised:
        sweep.load(file)
    assert str(file) in str(raised.value)


def test_search_has_no_test_images() -> None:
    data = dataset.load()
    assert len(sweep.without_test_images(data, quick=False).test) == 0
    assert len(sweep.without_test_images(data, quick=True).test) == 0


def test_offline_search_records_its_runs(tmp_path: Path) -> None:
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump(SMALL_SWEEP))
    command = [sys.executable, "-m", "training", "sweep", "--offline", "--count", "2", "--quick"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    runs = [wandb_log.read(folder) for folder in sorted(tmp_path.glob("wandb/offline-run-*"))]
    assert [run.job_type for run in runs] == ["sweep", "sweep"]
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


def test_search_without_account_error_names_the_commands(tmp_path: Path) -> None:
    shutil.copy(ROOT / "sweep.yaml", tmp_path)
    command = [sys.executable, "-m", "training", "sweep"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "set WANDB_API_KEY or run 'wandb login'" in done.stderr
    assert "python -m training sweep --offline" in done.stderr


def test_agent_trains_the_settings_of_the_server(tmp_path: Path) -> None:
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump(SMALL_SWEEP))
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


@pytest.mark.parametrize("rejecting", [True, False], ids=["rejecting", "unreachable"])
def test_rejecting_or_unreachable_server_is_one_line(tmp_path: Path, rejecting: bool) -> None:
    shutil.copy(ROOT / "sweep.yaml", tmp_path)
    command = [sys.executable, "-m", "training", "sweep"]
    with Server() as server:
        server.rejecting = True
        url = server.url if rejecting else "http://127.0.0.1:9"
        account = environment(tmp_path, WANDB_BASE_URL=url, WANDB_API_KEY="a" * 40)
        done = subprocess.run(
            command, cwd=tmp_path, env=account, capture_output=True, text=True, check=False, timeout=120
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert ("W&B rejected it: " if rejecting else "add --offline") in done.stderr.splitlines()[-1]
