"""Training on a tenth of MNIST, export and serving, from end to end."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from digits.registry import Bundle
from export import command as export
from export.parity import ParityError
from tests.support import wandb_log
from tests.support.wandb_folder import environment
from training import checkpoints, dataset, recipes, trainer

pytestmark = pytest.mark.slow

PICTURES = {"confusion_matrix", "roc", "precision_recall", "calibration", "class_proportions"}


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False)


def lines_of_libraries(text: str) -> list[str]:
    """Return the lines that TensorFlow, Keras, matplotlib or W&B print, such as `I0000 00:00:1795816709 ...`."""
    return re.findall(
        r"^(?:[WIEF]\d{4} |WARNING|\d{4}-\d\d-\d\d|wandb:|.*Warning:|.*(?:oneDNN|AVX)).*", text, re.MULTILINE
    )


@pytest.fixture(scope="module", name="trained")
def _trained(quick_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the models, into which the export writes."""
    folder = tmp_path_factory.mktemp("trained")
    shutil.copytree(quick_models, folder, symlinks=True, dirs_exist_ok=True)
    return folder / "artifacts" / "quick"


@pytest.fixture(scope="module", name="folder")
def _folder(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "models"
    done = run(trained, "export", "--artifacts", trained, "--out", folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("0 of 10,000 predictions differ") == len(trainer.evaluated_jobs())
    assert lines_of_libraries(done.stderr) == []
    return folder


def test_training_prints_accuracies_and_no_lines_of_libraries(quick_models: Path) -> None:
    log = (quick_models / "log").read_text()
    assert "accuracy" in log
    assert lines_of_libraries(log) == []


def test_every_recipe_is_trained_and_recorded_as_a_run(trained: Path) -> None:
    runs = [wandb_log.read(folder) for folder in trained.parents[1].glob("wandb/offline-run-*")]
    reports = {path.stem: json.loads(path.read_text()) for path in trained.glob("*.json")}
    assert reports.keys() == {job.name for job in trainer.evaluated_jobs()}
    assert {f"{run.config['model']}-{run.config['recipe']}" for run in runs} == reports.keys()
    assert {run.group for run in runs} == {report["group"] for report in reports.values()}
    for run in runs:
        report = reports[f"{run.config['model']}-{run.config['recipe']}"]
        for name, figures in report.get("history", {}).items():
            assert [step[name] for step in run.history if name in step] == pytest.approx(figures)
        summary = {name: run.summary[name] for name in ("Acc", "Precision", "Recall", "F1", "ECE")}
        expected = [report["metrics"][name] for name in ("accuracy", "precision", "recall", "f1", "ece")]
        assert list(summary.values()) == expected
        assert {name: run.config[name] for name in report["settings"]} == report["settings"]


def test_every_run_has_pictures_curves_and_its_model(trained: Path) -> None:
    for folder in trained.parents[1].glob("wandb/offline-run-*"):
        run = wandb_log.read(folder)
        logged = {name: value for step in run.history for name, value in step.items()}
        pictures = {name: value["path"] for name, value in logged.items() if _type(value) == "image-file"}
        own = {"feature_importances"} if run.config["model"] == "tree" else set()
        assert pictures.keys() == PICTURES | own
        for path in pictures.values():
            with Image.open(folder / "files" / path) as picture:
                assert min(picture.size) >= 500
        assert {
            f"interactive/{name}_table" for name in ("confusion_matrix", "roc", "precision_recall")
        } <= logged.keys()
        name = f"{run.config['model']}-{run.config['recipe']}"
        assert run.artifacts[name]["accuracy"] == run.summary["Acc"]
        files = {file.name: file.read_bytes() for file in (folder / "model").iterdir()}
        assert files == {file.name: file.read_bytes() for file in trained.glob(f"{name}.*") if file.name in files}
        assert len(files) == 2


def _type(value: object) -> str | None:
    return value.get("_type") if isinstance(value, dict) else None


def test_every_recipe_is_exported_and_the_defaults_are_the_bundle(trained: Path, folder: Path) -> None:
    assert {path.stem for path in trained.glob("*.onnx")} == {job.name for job in trainer.evaluated_jobs()}
    for kind, recipe in recipes.DEFAULT.items():
        assert (trained / f"{kind}-{recipe}.onnx").read_bytes() == (folder / f"{kind}.onnx").read_bytes()


def test_quick_models_do_not_replace_the_served_ones(trained: Path) -> None:
    done = run(trained, "export", "--artifacts", trained)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        f"{trained} was trained with --quick and is not served. Give --out DIR.",
    )


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_exported_model_predicts_like_the_trained_one(trained: Path, folder: Path, kind: str) -> None:
    bundle = Bundle(folder)
    bundle.check()
    test = dataset.load_test()
    recipe = bundle[kind].entry["recipe"]["name"]
    original = export.original_probabilities(checkpoints.load(kind, recipe, trained).trained, test)
    served = bundle[kind].probabilities(test.images)
    np.testing.assert_array_equal(served.argmax(axis=1), original.argmax(axis=1))
    np.testing.assert_allclose(served, original, atol=1e-5)
    accuracy = (served.argmax(axis=1) == test.labels).mean()
    assert bundle[kind].entry["metrics"]["accuracy"] == pytest.approx(accuracy)


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_file_has_metadata_and_dynamic_batch_axes(folder: Path, kind: str) -> None:
    model = onnx.load(folder / f"{kind}.onnx")
    properties = {p.key: p.value for p in model.metadata_props}
    assert properties["model"] == kind
    assert [d.dim_param or d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim] == ["batch", 28, 28]
    assert [d.dim_param or d.dim_value for d in model.graph.output[0].type.tensor_type.shape.dim] == ["batch", 10]


def test_export_is_reproducible(trained: Path, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "artifacts"
    copy.mkdir()
    for kind, recipe in recipes.DEFAULT.items():
        for file in trained.glob(f"{kind}-{recipe}.*"):
            (copy / file.name).write_bytes(file.read_bytes())
    again = tmp_path / "models"
    assert run(tmp_path, "export", "bundle", "--artifacts", copy, "--out", again).returncode == 0
    for file in folder.iterdir():
        assert file.read_bytes() == (again / file.name).read_bytes()


def test_different_model_raises_parity_error(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = checkpoints.load("tree", recipes.DEFAULT["tree"], trained)
    original = export.original_probabilities
    monkeypatch.setattr(export, "original_probabilities", lambda *arguments: original(*arguments)[::-1])
    with pytest.raises(ParityError, match="Nothing was written"):
        export.export_model("tree", checkpoint, dataset.load_test())


def test_missing_checkpoint_error_names_the_command_and_writes_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, "export", "--artifacts", tmp_path, "--out", tmp_path / "models")
    assert done.returncode == 1
    assert "python -m training mlp" in done.stderr
    assert not (tmp_path / "models").exists()
