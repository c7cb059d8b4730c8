"""Runs as they are left on disk, and what a W&B that fails does to a training: nothing."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from export.registry import offline_run
from export.registry.offline_run import OfflineError, OfflineRun
from tests.support.wandb_server import Server
from training.tracking import upload, wandb_run

KEY = "a" * 40
EPOCHS = [{"loss": 1 / epoch, "val_accuracy": epoch / 10, "learning_rate": 1e-3} for epoch in (1, 2, 3)]
METRICS = {"accuracy": 0.9, "precision": 0.8, "recall": 0.7, "f1": 0.6, "ece": 0.01, "images": 20}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has its own folder, no account and no settings of the person who runs it."""
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


def record(said: list[str], bundle: Path | None = None) -> OfflineRun:
    """Record a small run in ./wandb, and read back what is on disk."""
    with wandb_run.track({"hidden": (2, 3)}, name="n", job="train", group="g", say=said.append) as run:
        for epoch in EPOCHS:
            run.log(epoch)
        run.summarize(METRICS)
        if bundle:
            run.bundle(bundle, {"why": "test"})
    return read()


def read() -> OfflineRun:
    """Read the one run in ./wandb, once W&B's process has written it to its end."""
    (folder,) = Path("wandb").glob("offline-run-*")
    for _ in range(100):
        with suppress(OfflineError):
            if (run := offline_run.read(folder)).ended:
                return run
        time.sleep(0.1)
    raise AssertionError(f"{folder} does not end")


def test_an_offline_run_is_read_back_from_disk(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for name in ("mlp.onnx", "tree.onnx", "manifest.json"):
        (bundle / name).write_text(name)
    said: list[str] = []
    run = record(said, bundle)
    assert run.config["hidden"] == [2, 3]
    assert (run.group, run.job) == ("g", "train")
    assert [{name: step[name] for name in EPOCHS[0]} for step in run.history] == EPOCHS
    summary = {"Acc": 0.9, "Precision": 0.8, "Recall": 0.7, "F1": 0.6, "ECE": 0.01, "images": 20}
    assert {name: run.summary[name] for name in summary} == summary
    artifact = run.artifacts["digits-bundle"]
    assert (artifact.type, artifact.metadata) == ("model", {"why": "test"})
    assert {name: file.path.read_text() for name, file in artifact.files.items()} == {
        name: name for name in ("mlp.onnx", "tree.onnx", "manifest.json")
    }
    (line,) = said
    assert line.startswith("Tracked offline in wandb/offline-run-")
    assert "wandb sync wandb/offline-run-" in line


def test_curves_and_figures_are_part_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "roc.svg").write_text("<svg/>")
    labels = np.arange(100) % 10
    with wandb_run.track({}, name="n", job="train") as run:
        run.curves(labels, np.eye(10)[labels] * 0.5 + 0.05)
        run.figures([tmp_path / "roc.svg"])
    steps = read().history
    assert {"confusion_matrix_table", "roc_table"} <= steps[0].keys()
    assert steps[1]["figures"]["roc"]["_type"] == "html-file" if "figures" in steps[1] else "figures/roc" in steps[1]


def test_without_tracking_wandb_is_not_even_imported() -> None:
    code = (
        "import sys; from training import tracking\n"
        "with tracking.track({}, name='n', job='train', enabled=False) as run: run.log({'loss': 1})\n"
        "assert 'wandb' not in sys.modules"
    )
    root = Path(wandb_run.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(root)})
    assert (done.returncode, done.stderr) == (0, "")
    assert not Path("wandb").exists()


def test_with_an_account_the_run_is_uploaded_while_it_is_recorded(server: Server) -> None:
    said: list[str] = []
    record(said)
    assert [{name: step[name] for name in EPOCHS[0]} for step in server.history] == EPOCHS
    assert said == [f"Tracked at {server.url}/me/digits/runs/{server.runs[0]}"]


def test_a_refused_key_is_one_line_and_the_run_is_kept(server: Server) -> None:
    server.refusing = True
    said: list[str] = []
    run = record(said)
    assert len(run.history) == len(EPOCHS)
    (line,) = said
    assert "401" in line
    assert "wandb sync wandb/offline-run-" in line


@pytest.mark.parametrize("key", ["too-short", KEY])
def test_a_server_that_cannot_be_reached_is_one_line_and_the_run_is_kept(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("WANDB_API_KEY", key)
    monkeypatch.setattr(upload, "LIMITS", {name: "1" for name in upload.LIMITS})
    said: list[str] = []
    run = record(said)
    assert len(run.history) == len(EPOCHS)
    (line,) = said
    assert line.startswith("W&B did not take the run (")
    assert "wandb sync wandb/offline-run-" in line


def test_a_server_that_hangs_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wandb_run, "PATIENCE", 3)
    server.hanging = True
    said: list[str] = []
    run = record(said)
    assert len(run.history) == len(EPOCHS)
    (line,) = said
    assert line.startswith("W&B did not take the run (not done in time)")


def test_a_failure_of_wandb_itself_is_one_line() -> None:
    said: list[str] = []
    with wandb_run.track({}, name="n", job="train", say=said.append) as run:
        run.log({"loss": 1.0})
        run.figures([Path("missing.png")])
        run.log({"loss": 0.5})
    failed, tracked = said
    assert failed.startswith("W&B failed (FileNotFoundError")
    assert tracked.startswith("Tracked offline in")
    assert [step["loss"] for step in read().history] == [1.0, 0.5]


def test_a_wandb_that_dies_half_way_is_one_line_and_ends_without_another() -> None:
    code = """
import os, signal
from pathlib import Path
from training import tracking
with tracking.track({}, name="n", job="train") as run:
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


def test_a_wandb_that_does_not_start_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("wandb").write_text("a file where the folder should be")
    said: list[str] = []
    with wandb_run.track({}, name="n", job="train", say=said.append) as run:
        run.log({"loss": 1.0})
    assert len(said) == 1
    assert said[0].startswith("W&B did not start (")


def test_a_training_that_fails_ends_its_run_and_fails() -> None:
    said: list[str] = []

    def fail() -> None:
        with wandb_run.track({}, name="n", job="train", say=said.append) as run:
            run.log(EPOCHS[0])
            raise ValueError("the training's own")

    with pytest.raises(ValueError, match="the training's own"):
        fail()
    assert len(read().history) == 1


def test_an_account_is_found_in_the_environment_and_in_netrc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not upload.account()
    (tmp_path / "netrc").write_text(f"machine api.wandb.ai login user password {KEY}\n")
    assert upload.account()
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert not upload.account()


def test_a_folder_without_a_run_and_a_damaged_one_say_so(tmp_path: Path) -> None:
    with pytest.raises(OfflineError, match="holds no W&B run"):
        offline_run.read(tmp_path)
    record([])
    (log,) = Path("wandb").glob("offline-run-*/run-*.wandb")
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 1
    log.write_bytes(content)
    with pytest.raises(OfflineError, match="damaged or cut off"):
        offline_run.read(log.parent)
