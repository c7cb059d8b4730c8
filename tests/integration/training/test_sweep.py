"""Hyper-parameter search, offline and with a server."""

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
from training.trainer import QUICK_EPOCHS

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


def test_offline_search_of_the_original_compares_losses_and_records_its_epochs(tmp_path: Path) -> None:
    shutil.copy(ROOT / "sweep-original.yaml", tmp_path)
    command = [sys.executable, "-m", "training", "sweep", "--offline", "--count", "2", "--quick"]
    command += ["--config", "sweep-original.yaml"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("early_terminate is not applied") == 1
    runs = [wandb_log.read(folder) for folder in tmp_path.glob("wandb/offline-run-*")]
    for run in runs:
        assert run.config["epochs"] == len(run.history) == QUICK_EPOCHS
        assert run.config["initializer"] == "glorot_uniform"
    best = min(run.history[-1]["val_loss"] for run in runs)
    assert f"Best on the 1,000 validation images: val_loss {best:.4f}" in done.stderr.splitlines()[-1]


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
    settings |= {"fine_tune": None}
    command = [sys.executable, "-m", "training", "sweep", "--count", "2", "--quick"]
    with Server() as server:
        server.choices = [settings, settings | {"hiden": 8}]
        account = environment(tmp_path, WANDB_BASE_URL=server.url, WANDB_API_KEY="a" * 40)
        done = subprocess.run(command, cwd=tmp_path, env=account, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "python -m training sweep --id me/digits/s1" in done.stderr
    assert "run1" in server.sweeps["s1"]  # run0 is invalid: its upload has only 5 s
    assert "These settings cannot be trained: 'hiden' is not a setting" in done.stderr
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
    assert ("W&B rejected the sweep: " if rejecting else "add --offline") in done.stderr.splitlines()[-1]
