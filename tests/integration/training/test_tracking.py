"""Recorded W&B runs, and training when W&B fails."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from tests.support import wandb_log
from tests.support.wandb_log import LogError, RecordedRun
from tests.support.wandb_server import Server
from training.tracking import upload, wandb_run

KEY = "a" * 40
EPOCHS = [{"loss": 1 / epoch, "val_accuracy": epoch / 10, "learning_rate": 1e-3} for epoch in (1, 2, 3)]
METRICS = {"accuracy": 0.9, "precision": 0.8, "recall": 0.7, "f1": 0.6, "ece": 0.01, "images": 20}


@pytest.fixture(autouse=True)
def _isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test its own folder, without an account and without the developer's settings."""
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path / "wandb" / "data"))
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "wandb" / "cache"))
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(name="server")
def _server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as server:
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        yield server


def record(lines: list[str], bundle: Path | None = None) -> RecordedRun:
    """Record a small run in ./wandb, and read it from disk."""
    with wandb_run.track({"hidden": (2, 3)}, name="n", job_type="train", group="g", print_line=lines.append) as run:
        for epoch in EPOCHS:
            run.log(epoch)
        run.update_summary(METRICS)
        if bundle:
            run.log_bundle(bundle, {"purpose": "test"})
    return read()


def read() -> RecordedRun:
    """Read the only run in ./wandb, after W&B's process has written its end."""
    (folder,) = Path("wandb").glob("offline-run-*")
    for _ in range(100):
        with suppress(LogError):
            if (run := wandb_log.read(folder)).ended:
                return run
        time.sleep(0.1)
    raise AssertionError(f"{folder} does not end")


def test_offline_run_has_config_history_summary_and_bundle(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for name in ("mlp.onnx", "tree.onnx", "manifest.json"):
        (bundle / name).write_text(name)
    lines: list[str] = []
    run = record(lines, bundle)
    assert run.config["hidden"] == [2, 3]
    assert (run.group, run.job_type) == ("g", "train")
    assert [{name: step[name] for name in EPOCHS[0]} for step in run.history] == EPOCHS
    summary = {"Acc": 0.9, "Precision": 0.8, "Recall": 0.7, "F1": 0.6, "ECE": 0.01, "images": 20}
    assert {name: run.summary[name] for name in summary} == summary
    assert run.artifacts == {"digits-bundle": {"purpose": "test"}}
    (copy,) = Path("wandb").glob("offline-run-*/digits-bundle")
    assert {file.name: file.read_text() for file in copy.iterdir()} == {
        name: name for name in ("mlp.onnx", "tree.onnx", "manifest.json")
    }
    (line,) = lines
    assert line.startswith("Tracked offline in wandb/offline-run-")
    assert "wandb sync wandb/offline-run-" in line


def test_curves_and_figures_are_recorded(tmp_path: Path) -> None:
    (tmp_path / "roc.svg").write_text("<svg/>")
    labels = np.arange(100) % 10
    with wandb_run.track({}, name="n", job_type="train") as run:
        run.log_curves(labels, np.eye(10)[labels] * 0.5 + 0.05)
        run.log_figures([tmp_path / "roc.svg"])
    steps = read().history
    assert {"interactive/confusion_matrix_table", "interactive/roc_table"} <= steps[0].keys()
    assert steps[1]["figures"]["roc"]["_type"] == "html-file" if "figures" in steps[1] else "figures/roc" in steps[1]


def test_disabled_tracking_does_not_import_wandb() -> None:
    code = (
        "import sys; from training.tracking import wandb_run\n"
        "with wandb_run.track({}, name='n', job_type='train', enabled=False) as run: run.log({'loss': 1})\n"
        "assert 'wandb' not in sys.modules"
    )
    root = Path(wandb_run.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(root)})
    assert (done.returncode, done.stderr) == (0, "")
    assert not Path("wandb").exists()


def test_run_is_uploaded_with_an_account(server: Server) -> None:
    lines: list[str] = []
    record(lines)
    assert [{name: step[name] for name in EPOCHS[0]} for step in server.history] == EPOCHS
    assert lines == [f"Tracked at {server.url}/me/digits/runs/{server.runs[0]}"]


def test_rejected_key_is_one_line_and_the_run_is_kept(server: Server) -> None:
    server.rejecting = True
    lines: list[str] = []
    run = record(lines)
    assert len(run.history) == len(EPOCHS)
    (line,) = lines
    assert "401" in line
    assert "wandb sync wandb/offline-run-" in line


@pytest.mark.parametrize("key", ["too-short", KEY])
def test_unreachable_server_is_one_line_and_the_run_is_kept(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("WANDB_API_KEY", key)
    monkeypatch.setattr(upload, "RETRY_LIMITS", {name: "1" for name in upload.RETRY_LIMITS})
    lines: list[str] = []
    run = record(lines)
    assert len(run.history) == len(EPOCHS)
    (line,) = lines
    assert line.startswith("Upload to W&B failed (")
    assert "wandb sync wandb/offline-run-" in line


def test_hanging_server_is_a_timeout(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wandb_run, "UPLOAD_TIMEOUT", 3)
    server.hanging = True
    lines: list[str] = []
    run = record(lines)
    assert len(run.history) == len(EPOCHS)
    (line,) = lines
    assert line.startswith("Upload to W&B failed (timeout)")


def test_error_of_wandb_is_one_line() -> None:
    lines: list[str] = []
    with wandb_run.track({}, name="n", job_type="train", print_line=lines.append) as run:
        run.log({"loss": 1.0})
        run.log_figures([Path("missing.png")])
        run.log({"loss": 0.5})
    failed, tracked = lines
    assert failed.startswith("W&B failed (FileNotFoundError")
    assert tracked.startswith("Tracked offline in")
    assert [step["loss"] for step in read().history] == [1.0, 0.5]


def test_killed_wandb_process_is_one_line() -> None:
    code = """
import os, signal
from pathlib import Path
from training.tracking import wandb_run
with wandb_run.track({}, name="n", job_type="train") as run:
    run.log({"loss": 1.0})
    for child in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
    for _ in range(100):
        run.log({"loss": 0.5})
print("the model is saved")
"""
    root = Path(wandb_run.__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60)
    failed, saved = done.stdout.splitlines()
    assert failed.startswith("W&B failed (")
    assert "wandb sync wandb/offline-run-" in failed
    assert (saved, done.stderr, done.returncode) == ("the model is saved", "", 0)


def test_wandb_that_does_not_start_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("wandb").write_text("a file where the folder should be")
    lines: list[str] = []
    with wandb_run.track({}, name="n", job_type="train", print_line=lines.append) as run:
        run.log({"loss": 1.0})
    assert len(lines) == 1
    assert lines[0].startswith("W&B did not start (")


def test_failed_training_ends_its_run_and_raises() -> None:
    lines: list[str] = []

    def fail() -> None:
        with wandb_run.track({}, name="n", job_type="train", print_line=lines.append) as run:
            run.log(EPOCHS[0])
            raise ValueError("error of the training")

    with pytest.raises(ValueError, match="error of the training"):
        fail()
    assert len(read().history) == 1


def test_credentials_are_found_in_environment_and_netrc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not upload.has_credentials()
    (tmp_path / "netrc").write_text(f"machine api.wandb.ai login user password {KEY}\n")
    assert upload.has_credentials()
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert not upload.has_credentials()
