from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from training import checkpoints, dataset, decision_tree, mlp
from training.checkpoints import ArtifactError
from training.recipes import MLP, TREE

IMAGES = dataset.load_test().images[:50]


def test_a_network_comes_back_as_it_was(tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    model = mlp.Network(mlp.build(MLP["compact"]), MLP["compact"].view)
    path = checkpoints.save("mlp", "compact", model, {"seconds": 1}, tmp_path)
    back = checkpoints.load("mlp", "compact", tmp_path)
    np.testing.assert_array_equal(back.model.probabilities(IMAGES), model.probabilities(IMAGES))
    assert path == tmp_path / "mlp-compact.keras"
    assert back.report["seconds"] == 1
    assert back.report["settings"]["hidden"] == [128, 128]
    assert back.report["tools"]["keras"] == keras.__version__


def test_a_tree_comes_back_as_it_was(tmp_path: Path) -> None:
    model = decision_tree.train(replace(TREE["upright"], copies=1), dataset.load().subset(600))
    checkpoints.save("tree", "upright", model, {}, tmp_path)
    back = checkpoints.load("tree", "upright", tmp_path).model
    np.testing.assert_array_equal(back.probabilities(IMAGES), model.probabilities(IMAGES))


def test_a_missing_model_says_how_to_train_it(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="python -m training tree --recipe upright"):
        checkpoints.load("tree", "upright", tmp_path)


def test_a_failed_write_keeps_what_was_there(tmp_path: Path) -> None:
    class Broken:
        @property
        def fitted(self) -> "Broken":
            return self

        def save(self, path: Path) -> None:
            path.write_text("half")
            raise OSError("disk full")

    (tmp_path / "mlp-compact.keras").write_text("whole")
    with pytest.raises(OSError, match="disk full"):
        checkpoints.save("mlp", "compact", Broken(), {}, tmp_path)
    assert (tmp_path / "mlp-compact.keras").read_text() == "whole"
    assert not list(tmp_path.glob(".*"))
