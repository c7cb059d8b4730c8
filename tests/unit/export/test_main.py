"""The whole line, quickly: train on a tenth of MNIST, export, serve."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from digits.registry import Bundle
from export import __main__ as export
from export.parity import ParityError
from export.registry import offline_run
from tests.support.wandb_folder import environment
from training import checkpoints, dataset, recipes, trainer
from training.checkpoints import Artifact


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", name="trained")
def _trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("line")
    done = run(folder, "training", "all", "--quick")
    assert done.returncode == 0, done.stderr
    assert "accuracy" in done.stderr
    return folder / "artifacts" / "quick"


@pytest.fixture(scope="module", name="folder")
def _folder(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "models"
    done = run(trained, "export", "--artifacts", trained, "--out", folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("0 of 10,000 answers differ") == len(trainer.evaluated())
    return folder


def test_every_recipe_is_trained_and_recorded_as_a_run(trained: Path) -> None:
    runs = [offline_run.read(folder) for folder in trained.parents[1].glob("wandb/offline-run-*")]
    reports = {path.stem: json.loads(path.read_text()) for path in trained.glob("*.json")}
    assert reports.keys() == {job.name for job in trainer.evaluated()}
    assert {f"{run.config['model']}-{run.config['recipe']}" for run in runs} == reports.keys()
    assert {run.group for run in runs} == {report["group"] for report in reports.values()}
    for run in runs:
        report = reports[f"{run.config['model']}-{run.config['recipe']}"]
        for name, figures in report.get("history", {}).items():
            assert [step[name] for step in run.history if name in step] == pytest.approx(figures)
        summary = {name: run.summary[name] for name in ("Acc", "Precision", "Recall", "F1", "ECE")}
        expected = [report["metrics"][name] for name in ("accuracy", "precision", "recall", "f1", "ece")]
        assert list(summary.values()) == expected
        assert {"confusion_matrix_table", "roc_table"} <= run.summary.keys()
        assert {name: run.config[name] for name in report["settings"]} == report["settings"]


def test_every_recipe_is_exported_and_the_chosen_two_are_the_bundle(trained: Path, folder: Path) -> None:
    assert {path.stem for path in trained.glob("*.onnx")} == {job.name for job in trainer.evaluated()}
    for kind, recipe in recipes.DEFAULT.items():
        assert (trained / f"{kind}-{recipe}.onnx").read_bytes() == (folder / f"{kind}.onnx").read_bytes()


def test_what_is_trained_quickly_does_not_become_what_is_served(trained: Path) -> None:
    done = run(trained, "export", "--artifacts", trained)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        f"{trained} was trained quickly, to try the line: it is not served. Give --out DIR.",
    )


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_the_exported_model_answers_as_the_trained_one(trained: Path, folder: Path, kind: str) -> None:
    bundle = Bundle(folder)
    bundle.check()
    test = dataset.load_test()
    recipe = bundle[kind].entry["recipe"]["name"]
    native = export.native(checkpoints.load(kind, recipe, trained).model, test)
    served = bundle[kind].probabilities(test.images)
    np.testing.assert_array_equal(served.argmax(axis=1), native.argmax(axis=1))
    np.testing.assert_allclose(served, native, atol=1e-5)
    right = (served.argmax(axis=1) == test.labels).mean()
    assert bundle[kind].entry["metrics"]["accuracy"] == pytest.approx(right)


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_the_file_tells_what_it_is(folder: Path, kind: str) -> None:
    model = onnx.load(folder / f"{kind}.onnx")
    properties = {p.key: p.value for p in model.metadata_props}
    assert properties["model"] == kind
    assert [d.dim_param or d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim] == ["batch", 28, 28]
    assert [d.dim_param or d.dim_value for d in model.graph.output[0].type.tensor_type.shape.dim] == ["batch", 10]


def test_the_same_models_give_the_same_bytes(trained: Path, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "artifacts"
    copy.mkdir()
    for kind, recipe in recipes.DEFAULT.items():
        for file in trained.glob(f"{kind}-{recipe}.*"):
            (copy / file.name).write_bytes(file.read_bytes())
    again = tmp_path / "models"
    assert run(tmp_path, "export", "bundle", "--artifacts", copy, "--out", again).returncode == 0
    for file in folder.iterdir():
        assert file.read_bytes() == (again / file.name).read_bytes()


def test_a_model_that_is_not_equal_is_refused(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact = checkpoints.load("tree", recipes.DEFAULT["tree"], trained)
    other = Artifact(artifact.model, artifact.report)
    native = export.native
    monkeypatch.setattr(export, "native", lambda *arguments: native(*arguments)[::-1])
    with pytest.raises(ParityError, match="Nothing was written"):
        export.export("tree", other, dataset.load_test())


def test_missing_models_say_how_to_train_them_and_nothing_is_written(tmp_path: Path) -> None:
    done = run(tmp_path, "export", "--artifacts", tmp_path, "--out", tmp_path / "models")
    assert done.returncode == 1
    assert "python -m training mlp" in done.stderr
    assert not (tmp_path / "models").exists()
