"""Variants of the committed bundle with other versions and predictions."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from digits.manifest import MANIFEST
from digits.registry import BUNDLE


def variant(folder: Path, number: int) -> Path:
    """Write a bundle with slightly different MLP probabilities and another tree file. Return its folder."""
    shutil.copytree(BUNDLE, folder)
    shift_scores(folder, np.linspace(0, number / 10, 10))
    tree = onnx.load(folder / "tree.onnx")
    tree.producer_version = str(number)
    replace_model(folder, "tree", tree.SerializeToString())
    return folder


def shift_scores(folder: Path, addend: np.ndarray) -> None:
    """Add to the scores (10,) of the MLP before the softmax."""
    model = onnx.load(folder / "mlp.onnx")
    last = next(node for node in reversed(model.graph.node) if node.op_type == "Add")
    (bias,) = (each for each in model.graph.initializer if each.name in last.input)
    bias.CopyFrom(numpy_helper.from_array((numpy_helper.to_array(bias) + addend).astype(np.float32), bias.name))
    replace_model(folder, "mlp", model.SerializeToString())


def replace_model(folder: Path, name: str, content: bytes) -> None:
    """Replace a model and its manifest entry."""
    (folder / f"{name}.onnx").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["models"][name] |= {"bytes": len(content), "sha256": sha256, "version": sha256[:12]}
    (folder / MANIFEST).write_text(json.dumps(manifest))


def edit(folder: Path, **changes: object) -> None:
    """Change fields of the manifest."""
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))
