"""Variants of the committed bundle: other versions, other answers, damaged ones."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from digits.manifest import MANIFEST
from digits.registry import BUNDLE

type Damage = Callable[[Path], object]


def variant(folder: Path, number: int) -> Path:
    """Write a bundle whose network answers a little differently, and whose tree is another file."""
    shutil.copytree(BUNDLE, folder)
    bend(folder, np.linspace(0, number / 10, 10))
    tree = onnx.load(folder / "tree.onnx")
    tree.producer_version = str(number)
    replace(folder, "tree", tree.SerializeToString())
    return folder


def bend(folder: Path, addend: np.ndarray) -> None:
    """Add to what the network finds for each of the ten digits, before they become probabilities."""
    model = onnx.load(folder / "mlp.onnx")
    last = next(node for node in reversed(model.graph.node) if node.op_type == "Add")
    (bias,) = (each for each in model.graph.initializer if each.name in last.input)
    bias.CopyFrom(numpy_helper.from_array((numpy_helper.to_array(bias) + addend).astype(np.float32), bias.name))
    replace(folder, "mlp", model.SerializeToString())


def replace(folder: Path, name: str, content: bytes) -> None:
    """Put another model in place, and what the manifest has to say of it."""
    (folder / f"{name}.onnx").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["models"][name] |= {"bytes": len(content), "sha256": sha256, "version": sha256[:12]}
    (folder / MANIFEST).write_text(json.dumps(manifest))


def edit(folder: Path, **changes: object) -> None:
    """Change the manifest."""
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))
