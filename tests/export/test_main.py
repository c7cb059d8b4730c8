"""The whole line, quickly: train on a tenth of MNIST, export, serve."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from digits.classifier import Bundle
from export import __main__ as export
from export.parity import ParityError
from training import artifacts, dataset
from training.artifacts import Artifact


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", name="trained")
def _trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifacts")
    done = run("training", "all", "--quick", "--out", folder)
    assert done.returncode == 0, done.stderr
    assert "accuracy" in done.stderr
    return folder


@pytest.fixture(scope="module", name="folder")
def _folder(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "models"
    done = run("export", "--artifacts", trained, "--out", folder)
    assert done.returncode == 0, done.stderr
    assert "0 of 10,000 answers differ" in done.stderr
    return folder


@pytest.mark.parametrize("kind", ["mlp", "tree"])
def test_the_exported_model_answers_as_the_trained_one(trained: Path, folder: Path, kind: str) -> None:
    bundle = Bundle(folder)
    bundle.check()
    test = dataset.load_test()
    recipe = bundle[kind].entry["recipe"]["name"]
    native = export.native(kind, artifacts.load(kind, recipe, trained).model, test)
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
    again = tmp_path / "models"
    assert run("export", "--artifacts", trained, "--out", again).returncode == 0
    for file in folder.iterdir():
        assert file.read_bytes() == (again / file.name).read_bytes()


def test_a_model_that_is_not_equal_is_refused(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact = artifacts.load("tree", "deskewed", trained)
    other = Artifact(artifact.model, artifact.report)
    native = export.native
    monkeypatch.setattr(export, "native", lambda *arguments: native(*arguments)[::-1])
    with pytest.raises(ParityError, match="Nothing was written"):
        export.export("tree", other, dataset.load_test())


def test_missing_models_say_how_to_train_them_and_nothing_is_written(tmp_path: Path) -> None:
    done = run("export", "--artifacts", tmp_path, "--out", tmp_path / "models")
    assert done.returncode == 1
    assert "python -m training mlp" in done.stderr
    assert not (tmp_path / "models").exists()


def test_missing_data_says_what_to_do(tmp_path: Path) -> None:
    done = run("training", "tree", "--data", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "git checkout training/data" in done.stderr


def test_a_recipe_of_the_other_model_is_refused() -> None:
    done = run("training", "tree", "--recipe", "compact")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "original, deskewed" in done.stderr
