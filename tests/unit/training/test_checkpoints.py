import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import joblib
import numpy as np
import pytest

from training import checkpoints
from training.checkpoints import CheckpointError
from training.dataset import Mnist
from training.recipes import BLURRED, MLP, TREE


@pytest.mark.slow
def test_mlp_is_equal_after_save_and_load(small_mnist: Mnist, tmp_path: Path) -> None:
    import keras

    from training import mlp

    images = small_mnist.test.images
    keras.utils.set_random_seed(0)
    model = mlp.TrainedMlp(mlp.build(MLP["compact"]), MLP["compact"].transform)
    path = checkpoints.save("mlp", "compact", model, {"seconds": 1}, tmp_path)
    loaded = checkpoints.load("mlp", "compact", tmp_path)
    np.testing.assert_array_equal(loaded.trained.probabilities(images), model.probabilities(images))
    assert path == tmp_path / "mlp-compact.keras"
    assert loaded.report["seconds"] == 1
    assert loaded.report["settings"]["hidden"] == [128, 128]
    assert loaded.report["tools"]["keras"] == keras.__version__


@pytest.mark.slow  # scikit-learn takes two seconds to import
def test_tree_is_equal_after_save_and_load(small_mnist: Mnist, tmp_path: Path) -> None:
    from training import decision_tree

    images = small_mnist.test.images
    model = decision_tree.train(replace(TREE["upright"], copies=0), small_mnist.subset(600))
    checkpoints.save("tree", "upright", model, {}, tmp_path)
    loaded = checkpoints.load("tree", "upright", tmp_path).trained
    np.testing.assert_array_equal(loaded.probabilities(images), model.probabilities(images))


def test_missing_checkpoint_error_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="python -m training tree --recipe upright"):
        checkpoints.load("tree", "upright", tmp_path)


def test_checkpoint_of_earlier_version_error_names_the_command(tmp_path: Path) -> None:
    (tmp_path / "tree-upright.joblib").touch()
    (tmp_path / "tree-upright.json").write_text(json.dumps({"settings": {"view": None}}))
    with pytest.raises(CheckpointError, match=r"earlier version\. .*: python -m training tree --recipe upright"):
        checkpoints.load("tree", "upright", tmp_path)


def test_failed_write_keeps_the_old_checkpoint(tmp_path: Path) -> None:
    class Broken:
        @property
        def model(self) -> "Broken":
            return self

        def save(self, path: Path) -> None:
            path.write_text("half")
            raise OSError("disk full")

    (tmp_path / "mlp-compact.keras").write_text("complete")
    with pytest.raises(OSError, match="disk full"):
        checkpoints.save("mlp", "compact", Broken(), {}, tmp_path)
    assert (tmp_path / "mlp-compact.keras").read_text() == "complete"
    assert not list(tmp_path.glob(".*"))


def text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content)


def tree_of(pixels: int, classes: int) -> Callable[[Path], object]:
    from sklearn.tree import DecisionTreeClassifier

    model = DecisionTreeClassifier().fit(np.eye(classes, pixels), range(classes))
    return lambda path: joblib.dump(model, path)


def truncated(path: Path) -> None:
    tree_of(784, 10)(path)
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (text(""), "EOFError"),
        (text("no model"), "damaged"),
        (truncated, "damaged"),
        (lambda path: joblib.dump({"a": 1}, path), "it holds a dict, not a decision tree"),
        (tree_of(270, 10), "it has 270 inputs and 10 classes, expected 784 and 10"),
        (tree_of(784, 2), "it has 784 inputs and 2 classes"),
    ],
    ids=["empty", "text", "truncated", "other pickle", "other inputs", "other classes"],
)
def test_damaged_tree_error_names_file_and_command(
    tmp_path: Path, write: Callable[[Path], object], reason: str
) -> None:
    write(tmp_path / "tree-original.joblib")
    (tmp_path / "tree-original.json").write_text(json.dumps({"settings": {"transform": None}}))
    with pytest.raises(CheckpointError, match=reason) as raised:
        checkpoints.load("tree", "original", tmp_path)
    assert str(raised.value).startswith(f"{tmp_path}/tree-original.joblib is damaged (")
    assert str(raised.value).endswith("Train it again: python -m training tree --recipe original")
    assert "\n" not in str(raised.value)


@pytest.mark.slow
def test_mlp_of_another_shape_error_names_the_sizes(tmp_path: Path) -> None:
    from training import mlp

    model = mlp.TrainedMlp(mlp.build(MLP["original"]), None)
    settings = asdict(MLP["original"]) | {"transform": asdict(BLURRED)}
    checkpoints.save("mlp", "original", model, {"settings": settings}, tmp_path)
    with pytest.raises(CheckpointError, match="it has 784 inputs and 10 classes, expected 270 and 10"):
        checkpoints.load("mlp", "original", tmp_path)
