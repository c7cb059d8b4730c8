"""Folders of exported models come in; sessions that answer, and what is known of each model, go out."""

import hashlib
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray

from digits.manifest import MANIFEST, Entry
from digits.registry import open_session
from training.dataset import Images

KINDS = ("mlp", "tree")
DENSE = {"Softmax", "Gemm", "MatMul", "Add", "Relu", "Mul", "Div", "Identity"}  # of which dense layers are made
CHUNK = 1_000  # images at once: no arena, so no more memory than it takes
BLOCKS, RUNS = 10, 300  # of timing; the quietest block counts, as other programs only ever add time


class ExportedError(Exception):
    """An exported model is missing, or is another than the one that is served; the message says what to do."""


@dataclass(frozen=True)
class Exported:
    """One exported model, run as the function runs it."""

    kind: str
    recipe: str
    content: bytes
    report: dict[str, Any]  # of its training; empty where there is none
    session: ort.InferenceSession

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.recipe}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def outputs(self) -> list[str]:
        return [output.name for output in self.session.get_outputs()]

    def probabilities(self, images: Images) -> NDArray[np.float32]:
        """Classify images (n, 28, 28) uint8 -> (n, 10)."""
        return self.answer("probabilities", images)

    def answer(self, output: str, images: Images) -> NDArray[np.float32]:
        chunks = [images[start : start + CHUNK] for start in range(0, len(images), CHUNK)]
        return np.concatenate([self.session.run([output], {"images": chunk})[0] for chunk in chunks])

    def logits(self) -> "Exported | None":
        """The same network with one output more, `logits`: what its softmax reads. None for a tree."""
        model = onnx.load_from_string(self.content)
        softmax = [node for node in model.graph.node if node.op_type == "Softmax"]
        if not softmax:
            return None
        model.graph.node.append(onnx.helper.make_node("Identity", [softmax[-1].input[0]], ["logits"]))
        model.graph.output.append(onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, None))
        return load(self.kind, self.recipe, model.SerializeToString(), self.report)

    def size(self) -> dict[str, int]:
        """The number of parameters of a network, of leaves of a tree, read from the file itself."""
        graph = onnx.load_from_string(self.content).graph
        modes = [a.strings for node in graph.node for a in node.attribute if a.name == "nodes_modes"]
        return {"leaves": sum(mode == b"LEAF" for mode in modes[0])} if modes else {"parameters": _parameters(graph)}

    def microseconds(self, image: Images) -> float:
        """The median time of one answer to one image (1, 28, 28), in the quietest of BLOCKS blocks."""
        medians = []
        for _ in range(BLOCKS):
            taken = []
            for _ in range(RUNS):
                start = time.perf_counter_ns()
                self.session.run(["probabilities"], {"images": image})
                taken.append(time.perf_counter_ns() - start)
            medians.append(float(np.median(taken)))
        return min(medians) / 1_000


def load(kind: str, recipe: str, content: bytes, report: dict[str, Any]) -> Exported:
    """Start a model as the function does."""
    return Exported(kind, recipe, content, report, open_session(content))


def served(bundle: Path, artifacts: Path) -> list[Exported]:
    """Load the network and the tree of a bundle, each with the report of its training where the artifacts have it.

    Raises ExportedError where the artifacts hold another model under the same recipe's name.
    """
    entries: dict[str, Entry] = json.loads((bundle / MANIFEST).read_text())["models"]
    models = []
    for kind in KINDS:
        recipe, content = entries[kind]["recipe"]["name"], (bundle / entries[kind]["file"]).read_bytes()
        twin = artifacts / f"{kind}-{recipe}.onnx"
        if twin.is_file() and twin.read_bytes() != content:
            raise ExportedError(f"{twin} is not the model in {bundle}. Export it first: python -m export")
        models.append(load(kind, recipe, content, _report(artifacts, kind, recipe)))
    return models


def others(artifacts: Path, known: Sequence[Exported]) -> list[Exported]:
    """Load every other exported model of a folder, for comparison."""
    names = {model.name for model in known}
    return [
        load(kind, recipe := path.stem.removeprefix(f"{kind}-"), path.read_bytes(), _report(artifacts, kind, recipe))
        for kind in KINDS
        for path in sorted(artifacts.glob(f"{kind}-*.onnx"))
        if path.stem not in names
    ]


def _parameters(graph: onnx.GraphProto) -> int:
    """Count the weights and biases from the softmax back to what the first dense layer reads."""
    shapes = {weights.name: tuple(weights.dims) for weights in graph.initializer}
    makers = {output: node for node in graph.node for output in node.output}
    found, node = 0, next(node for node in reversed(graph.node) if node.op_type == "Softmax")
    while node.op_type in DENSE:
        found += sum(math.prod(shapes[name]) for name in node.input if shapes.get(name))
        node = makers[next(name for name in node.input if name not in shapes)]
    return found


def _report(artifacts: Path, kind: str, recipe: str) -> dict[str, Any]:
    path = artifacts / f"{kind}-{recipe}.json"
    return json.loads(path.read_text()) if path.is_file() else {}
