import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from digits.registry import BUNDLE, Bundle
from evaluation import onnx_model
from evaluation.onnx_model import ExportedError
from training.dataset import load_test

IMAGES = load_test().images[:1_200]
ENTRIES = json.loads((Path(BUNDLE) / "manifest.json").read_text())["models"]
RECIPES = {kind: entry["recipe"]["name"] for kind, entry in ENTRIES.items()}


def test_served_models_answer_as_the_function_does(tmp_path: Path) -> None:
    for model in onnx_model.served(Path(BUNDLE), tmp_path):
        assert model.name == f"{model.kind}-{RECIPES[model.kind]}"
        assert model.sha256 == ENTRIES[model.kind]["sha256"]
        expected = Bundle()[model.kind].probabilities(IMAGES)
        np.testing.assert_allclose(model.probabilities(IMAGES), expected, atol=1e-6)
        assert model.report == {}


def test_other_recipes_and_reports_come_from_the_artifacts(tmp_path: Path) -> None:
    shutil.copy(Path(BUNDLE) / "mlp.onnx", tmp_path / f"mlp-{RECIPES['mlp']}.onnx")
    shutil.copy(Path(BUNDLE) / "mlp.onnx", tmp_path / "mlp-another.onnx")
    (tmp_path / f"tree-{RECIPES['tree']}.json").write_text('{"seconds": 7}')
    network, tree = onnx_model.served(Path(BUNDLE), tmp_path)
    assert (network.report, tree.report) == ({}, {"seconds": 7})
    assert [model.name for model in onnx_model.others(tmp_path, [network, tree])] == ["mlp-another"]


def test_artifact_that_is_not_what_is_served_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"tree-{RECIPES['tree']}.onnx").write_bytes(b"another tree")
    with pytest.raises(ExportedError, match="Export it first: python -m export"):
        onnx_model.served(Path(BUNDLE), tmp_path)


def test_logits_are_what_the_softmax_reads(tmp_path: Path) -> None:
    network, tree = onnx_model.served(Path(BUNDLE), tmp_path)
    with_logits = network.logits()
    assert with_logits is not None
    logits = with_logits.answer("logits", IMAGES[:50])
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(with_logits.probabilities(IMAGES[:50]), expected, atol=1e-6)
    assert tree.logits() is None


def test_size_is_counted_in_the_file(tmp_path: Path) -> None:
    network, tree = onnx_model.served(Path(BUNDLE), tmp_path)
    recipe = ENTRIES["mlp"]["recipe"]
    view = recipe.get("view")
    layers = [view["rows"] * view["columns"] if view else 784, *recipe["hidden"], 10]
    weights = sum((before + 1) * after for before, after in pairwise(layers))
    assert network.size() == {"parameters": weights}
    leaves = tree.size()["leaves"]
    assert 1_000 < leaves < 50_000
    assert len(np.unique(tree.probabilities(IMAGES), axis=0)) <= leaves


def test_time_of_one_answer_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_model, "RUNS", 20)
    network, _ = onnx_model.served(Path(BUNDLE), tmp_path)
    assert 1 < network.microseconds(IMAGES[:1]) < 10_000
