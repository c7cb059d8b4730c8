"""Exported models, run as the function runs them, with the records of their training."""

import hashlib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from pydantic import TypeAdapter

from command_line import CommandError
from digits.errors import ModelUnavailable
from digits.manifest import MANIFEST
from digits.registry import BLANK, BUNDLE, LOAD_ERRORS, Bundle, open_session
from evaluation.json_file import read_json
from evaluation.schema import CLASSES, KINDS, EqualLength, History, Kind
from training.dataset import Images, Labels

DENSE_OPERATORS = {"Softmax", "Gemm", "MatMul", "Add", "Relu", "Mul", "Div", "Identity"}
MAX_REASON = 200  # characters of onnxruntime's message
CHUNK = 1_000  # images a run: limits memory
BLOCKS, RUNS = 10, 300  # of timing; the fastest block counts, because other programs only add time


class ModelMismatchError(CommandError):
    """An artifact is another model than the served one of the same name; the message names the command to run."""


class ModelFileError(CommandError):
    """A model or the record of its training is missing or damaged; the message names the file."""


class TrainingRecord(TypedDict, total=False):
    """The part of a training's JSON file that the evaluation publishes."""

    history: EqualLength[History]
    seconds: int
    calibration: dict[str, Any]


@dataclass(frozen=True)
class OnnxModel:
    """One exported model."""

    kind: Kind
    recipe: str
    content: bytes
    training: TrainingRecord  # empty if it is not among the artifacts
    session: ort.InferenceSession

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.recipe}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def probabilities(self, images: Images) -> NDArray[np.float32]:
        """Classify images (n, 28, 28) uint8. Returns (n, 10)."""
        return self.run("probabilities", images)

    def accuracy(self, images: Images, labels: Labels) -> float:
        return float((self.probabilities(images).argmax(axis=1) == labels).mean())

    def run(self, output: str, images: Images) -> NDArray[np.float32]:
        """Return one output of the graph for images (n, 28, 28) uint8."""
        chunks = [images[start : start + CHUNK] for start in range(0, len(images), CHUNK)]
        return np.concatenate([self.session.run([output], {"images": chunk})[0] for chunk in chunks])

    def with_logits(self) -> "OnnxModel | None":
        """Return the same MLP with one more output, `logits`: the input of its softmax. None for a tree."""
        model = onnx.load_from_string(self.content)
        softmax = [node for node in model.graph.node if node.op_type == "Softmax"]
        if not softmax:
            return None
        model.graph.node.append(onnx.helper.make_node("Identity", [softmax[-1].input[0]], ["logits"]))
        model.graph.output.append(onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, None))
        return load(self.kind, self.recipe, model.SerializeToString(), self.training)

    def size(self) -> dict[str, int]:
        """Count the parameters of an MLP or the leaves of a tree, in the file itself."""
        graph = onnx.load_from_string(self.content).graph
        modes = [a.strings for node in graph.node for a in node.attribute if a.name == "nodes_modes"]
        return {"leaves": sum(mode == b"LEAF" for mode in modes[0])} if modes else {"parameters": _parameters(graph)}

    def microseconds(self, image: Images) -> float:
        """Return the median latency for one image (1, 28, 28), in the fastest of BLOCKS blocks."""
        medians = []
        for _ in range(BLOCKS):
            taken = []
            for _ in range(RUNS):
                start = time.perf_counter_ns()
                self.session.run(["probabilities"], {"images": image})
                taken.append(time.perf_counter_ns() - start)
            medians.append(float(np.median(taken)))
        return min(medians) / 1_000


def load(kind: Kind, recipe: str, content: bytes, training: TrainingRecord) -> OnnxModel:
    return OnnxModel(kind, recipe, content, training, open_session(content))


def open_bundle(folder: Path = Path(BUNDLE)) -> Bundle:
    """Load and check every model of a bundle. Raises ModelFileError."""
    bundle = Bundle(folder)
    if not bundle.load_errors and not {*KINDS} <= {*bundle.names}:
        bundle.load_errors[MANIFEST] = f"models/{MANIFEST} does not list the models {' and '.join(KINDS)}"
    try:
        bundle.all()
    except ModelUnavailable:
        reasons = "; ".join(bundle.load_errors.values())
        raise ModelFileError(f"{folder} is not a bundle ({reasons}). Write one: python -m export --out") from None
    return bundle


def served(bundle: Path, artifacts: Path) -> list[OnnxModel]:
    """Load the MLP and the tree of a bundle, each with the record of its training if the artifacts contain one.

    Raises ModelFileError, and ModelMismatchError if the artifacts contain another model of the same recipe.
    """
    classifiers = open_bundle(bundle).all()
    models = []
    for kind in KINDS:
        entry = classifiers[kind].entry
        recipe, content = entry["recipe"]["name"], (bundle / entry["file"]).read_bytes()
        artifact = artifacts / f"{kind}-{recipe}.onnx"
        if artifact.is_file() and artifact.read_bytes() != content:
            raise ModelMismatchError(f"{artifact} is not the model in {bundle}. Export it first: python -m export")
        models.append(load(kind, recipe, content, _training_record(artifacts, kind, recipe)))
    return models


def others(artifacts: Path, served: Sequence[OnnxModel]) -> list[OnnxModel]:
    """Load the exported models of a folder that are not served. Raises ModelFileError."""
    names = {model.name for model in served}
    return [
        _load_artifact(path, kind, recipe)
        for kind in KINDS
        for path in sorted(artifacts.glob(f"{kind}-*.onnx"))
        if (recipe := path.stem.removeprefix(f"{kind}-")) and path.stem not in names
    ]


def _parameters(graph: onnx.GraphProto) -> int:
    """Count weights and biases from the softmax back to the input of the first dense layer."""
    shapes = {weights.name: tuple(weights.dims) for weights in graph.initializer}
    makers = {output: node for node in graph.node for output in node.output}
    count, node = 0, next(node for node in reversed(graph.node) if node.op_type == "Softmax")
    while node.op_type in DENSE_OPERATORS:
        count += sum(math.prod(shapes[name]) for name in node.input if shapes.get(name))
        node = makers[next(name for name in node.input if name not in shapes)]
    return count


def _load_artifact(path: Path, kind: Kind, recipe: str) -> OnnxModel:
    try:
        model = load(kind, recipe, path.read_bytes(), _training_record(path.parent, kind, recipe))
        if model.probabilities(BLANK).shape != (1, CLASSES):
            raise ValueError(f"its output is not (1, {CLASSES})")
        model.size()
    except (*LOAD_ERRORS, StopIteration) as error:
        reason = " ".join(str(error).split())[:MAX_REASON]
        raise ModelFileError(f"{path} cannot be run ({reason}). Export it again, or delete it.") from None
    return model


@cache
def _record_adapter() -> TypeAdapter[TrainingRecord]:
    return TypeAdapter(TrainingRecord)


def _training_record(artifacts: Path, kind: Kind, recipe: str) -> TrainingRecord:
    path = artifacts / f"{kind}-{recipe}.json"
    if not path.is_file():
        return {}
    return read_json(path, _record_adapter(), f"python -m training {kind} --recipe {recipe}")
