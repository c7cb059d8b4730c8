"""Damage to a bundle on disk, with the expected error."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

MODEL, MANIFEST = "mlp.onnx", "manifest.json"

type Damage = Callable[[Path], object]  # given the models' folder


def cut_off(models: Path) -> None:
    content = (models / MODEL).read_bytes()
    (models / MODEL).write_bytes(content[: len(content) // 2])


def replace(models: Path, side: int = 28, classes: int = 10) -> None:
    """Replace the model by a valid one of another shape, and its sha256 in the manifest."""
    manifest = json.loads((models / MANIFEST).read_text())
    entry = manifest["models"]["mlp"]
    content = model(entry["input"]["name"], entry["output"]["name"], side, classes)
    (models / MODEL).write_bytes(content)
    del entry["digit_likeness"]  # the other model has no such output
    entry["sha256"] = hashlib.sha256(content).hexdigest()
    (models / MANIFEST).write_text(json.dumps(manifest))


def model(input: str, output: str, side: int, classes: int) -> bytes:
    """Return an ONNX model of images (batch, side, side) uint8 with equal probabilities of all classes."""
    weights = numpy_helper.from_array(np.zeros((side * side, classes), np.float32), "weights")
    nodes = [
        helper.make_node("Cast", [input], ["gray"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["gray"], ["row"]),
        helper.make_node("MatMul", ["row", "weights"], ["scores"]),
        helper.make_node("Softmax", ["scores"], [output]),
    ]
    taken = helper.make_tensor_value_info(input, TensorProto.UINT8, ["batch", side, side])
    given = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", classes])
    graph = helper.make_graph(nodes, "other", [taken], [given], [weights])
    whole: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9
    ).SerializeToString()
    return whole


MODEL_DAMAGES: dict[str, tuple[Damage, str]] = {  # with the expected message
    "missing": (lambda models: (models / MODEL).unlink(), "models/mlp.onnx: No such file"),
    "cut off": (cut_off, "models/mlp.onnx has the sha256"),
    "of eleven classes": (lambda models: replace(models, classes=11), "has an output of shape (1, 11)"),
    "of larger pictures": (lambda models: replace(models, side=32), "The model mlp cannot be loaded"),
}
MANIFEST_DAMAGES: dict[str, tuple[Damage, str]] = {
    "missing": (lambda models: (models / MANIFEST).unlink(), "models/manifest.json: No such file"),
    "not JSON": (lambda models: (models / MANIFEST).write_text("{"), "models/manifest.json cannot be read: "),
}
