import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from digits.registry import BUNDLE, Bundle
from evaluation import onnx_model
from evaluation.onnx_model import ModelMismatchError
from training.dataset import load_test

IMAGES = load_test().images[:200]
ENTRIES = json.loads((Path(BUNDLE) / "manifest.json").read_text())["models"]
RECIPES = {kind: entry["recipe"]["name"] for kind, entry in ENTRIES.items()}


def test_served_models_predict_like_the_bundle(tmp_path: Path) -> None:
    for model in onnx_model.served(Path(BUNDLE), tmp_path):
        assert model.name == f"{model.kind}-{RECIPES[model.kind]}"
        assert model.sha256 == ENTRIES[model.kind]["sha256"]
        expected = Bundle()[model.kind].probabilities(IMAGES)
        np.testing.assert_allclose(model.probabilities(IMAGES), expected, atol=1e-6)
        assert model.training == {}


def test_artifacts_add_recipes_and_training_records(tmp_path: Path) -> None:
    shutil.copy(Path(BUNDLE) / "mlp.onnx", tmp_path / f"mlp-{RECIPES['mlp']}.onnx")
    shutil.copy(Path(BUNDLE) / "mlp.onnx", tmp_path / "mlp-another.onnx")
    (tmp_path / f"tree-{RECIPES['tree']}.json").write_text('{"seconds": 7, "quick": false}')
    mlp, tree = onnx_model.served(Path(BUNDLE), tmp_path)
    assert (mlp.training, tree.training) == ({}, {"seconds": 7})
    assert [model.name for model in onnx_model.others(tmp_path, [mlp, tree])] == ["mlp-another"]


def test_other_artifact_of_served_recipe_raises_mismatch(tmp_path: Path) -> None:
    (tmp_path / f"tree-{RECIPES['tree']}.onnx").write_bytes(b"another tree")
    with pytest.raises(ModelMismatchError, match="Export it first: python -m export"):
        onnx_model.served(Path(BUNDLE), tmp_path)


def test_logits_are_the_softmax_input(tmp_path: Path) -> None:
    mlp, tree = onnx_model.served(Path(BUNDLE), tmp_path)
    with_logits = mlp.with_logits()
    assert with_logits is not None
    logits = with_logits.run("logits", IMAGES[:50])
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(with_logits.probabilities(IMAGES[:50]), expected, atol=1e-6)
    assert tree.with_logits() is None


def test_size_counts_parameters_and_leaves(tmp_path: Path) -> None:
    mlp, tree = onnx_model.served(Path(BUNDLE), tmp_path)
    recipe = ENTRIES["mlp"]["recipe"]
    view = recipe.get("view")
    layers = [view["rows"] * view["columns"] if view else 784, *recipe["hidden"], 10]
    weights = sum((before + 1) * after for before, after in pairwise(layers))
    assert mlp.size() == {"parameters": weights}
    leaves = tree.size()["leaves"]
    assert 1_000 < leaves < 50_000
    assert len(np.unique(tree.probabilities(IMAGES), axis=0)) <= leaves


def test_latency_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_model, "RUNS", 20)
    mlp, _ = onnx_model.served(Path(BUNDLE), tmp_path)
    assert 1 < mlp.microseconds(IMAGES[:1]) < 10_000
