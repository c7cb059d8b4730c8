"""An exported model comes in; the file that makes it explain its answers goes out, proven to explain those answers.

The file is the end of an ONNX model: concatenated with the model it is one graph, with the model's own nodes and
weights and a few more outputs (`digits.registry.Classifier.explainer`). `digits.explain` says what they mean.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, TensorProto
from onnx.helper import make_node, make_tensor_value_info

from digits.explain import path
from export import parity
from export.parity import Parity, ParityError
from export.signature import INPUT, OUTPUT, PIXELS
from training.calibration import softmax
from training.dataset import Images
from training.deskew import SIDE

TINY = np.float32(1e-30)  # added to a divisor that is zero only where its dividend is
INCOMPLETE = 0.01  # of the score's difference, that its parts may miss
SMALL = 0.01  # a difference below it is lost in the rounding of parts that are a thousand times its size
CHUNK = 1_000  # images at once

type Constants = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Dense:
    """One layer of a network, by the names of what it reads and gives; the sums are what goes into its ReLU."""

    input: str
    weights: str
    bias: str
    sums: str


def extension(kind: str, content: bytes, trained: Any) -> bytes:
    """Make the end of a model from the bytes of its file and the Network or Tree that it was made of."""
    end = ModelProto()
    _answer(end, PIXELS, ["batch", None])
    if trained.view is None:
        outermost = np.linspace(-1, 1, SIDE, dtype=np.float32)
        _answer_constants(end, {"grid": np.stack(np.meshgrid(outermost, outermost), axis=-1)[None]})
    else:
        _answer(end, "grid", ["batch", trained.view.rows, trained.view.columns, 2])
    _answer_constants(end, {"blur": _blur(trained.view.blur if trained.view else 1)})
    if kind == "mlp":
        _explain_network(end, onnx.load_model_from_string(content).graph)
    else:
        _answer_constants(end, _tables(trained.fitted.tree_))
    made: bytes = end.SerializeToString(deterministic=True)
    onnx.checker.check_model(onnx.load_model_from_string(content + made), full_check=True)
    return made


def prove(name: str, session: ort.InferenceSession, images: Images, answers: parity.Probabilities) -> Parity:
    """Explain every image and compare what is explained with what was answered. Raises ParityError."""
    names = [output.name for output in session.get_outputs()]
    explained = []
    for start in range(0, len(images), CHUNK):
        found = dict(zip(names, session.run(names, {INPUT: images[start : start + CHUNK]}), strict=True))
        if "logits" in found:
            _prove_complete(name, found)
            explained.append(softmax(found["logits"]))
        else:
            explained.append(np.stack([found["shares"][path(found, pixels)[-1]] for pixels in found[PIXELS]]))
    return parity.check(f"{name}, explained", answers, np.concatenate(explained))


def _prove_complete(name: str, found: Constants) -> None:
    digit, runner_up = found["classes"].T
    above = found["logits"] - found["blank"]
    each = np.arange(len(above))
    due = above[each, digit] - above[each, runner_up]
    missed = np.abs(found["contributions"].sum(axis=1) - due) / np.maximum(np.abs(due), SMALL)
    if (worst := missed.max()) > INCOMPLETE:
        raise ParityError(f"{name}: the pixels' contributions miss their sum by {worst:.1%}. Nothing was written.")


def _blur(side: int) -> NDArray[np.float32]:
    """What each row (or column) of the blurred image has of each of the image's."""
    offsets = np.subtract.outer(np.arange(SIDE), np.arange(SIDE))
    near = (-(side // 2) <= offsets) & (offsets <= (side - 1) // 2)
    return (near / side).astype(np.float32)


def _tables(tree: Any) -> Constants:
    """The nodes of a scikit-learn tree: what each tests, its children (low, high), its images and their classes."""
    return {
        "feature": tree.feature.astype(np.int32),
        "threshold": tree.threshold.astype(np.float32),
        "children": np.stack([tree.children_left, tree.children_right], axis=1).astype(np.int32),
        "samples": tree.n_node_samples.astype(np.int32),
        "shares": tree.value[:, 0].astype(np.float32),
    }


def _explain_network(end: ModelProto, graph: GraphProto) -> None:
    """Add the two likeliest classes, the logits, and what each pixel contributes to the difference of theirs.

    DeepLIFT's rescale rule asks of each ReLU how much it gives more per what it gets more than for a blank picture
    (sums r, now z): (relu(z) - relu(r)) / (z - r), which is (relu(z) + relu(r)) / (|z| + |r|) without the cancelling.
    """
    layers = _layers(graph)
    blank = _blank_sums(graph, layers)
    chosen = {"two": np.array([2]), "classes_axis": np.array([1]), "signs": np.array([[1], [-1]], np.float32)}
    _constants(end, {**chosen, "each_class": np.eye(blank[-1].size, dtype=np.float32)})
    _node(end, "TopK", [OUTPUT, "two"], "likeliest", "classes")
    _node(end, "Gather", ["each_class", "classes"], "both")
    _node(end, "Mul", ["both", "signs"], "signed")
    _node(end, "ReduceSum", ["signed", "classes_axis"], "slope_of_logits", keepdims=0)
    slope = "slope_of_logits"
    for number in reversed(range(len(layers))):
        layer = layers[number]
        _node(end, "Gemm", [slope, layer.weights], slope := f"slope_of_input_{number}", transB=1)
        if number:
            slope = _through_relu(end, slope, layer.input, layers[number - 1].sums, blank[number - 1])
    _node(end, "Mul", [slope, layers[0].input], "contributions")
    _node(end, "Identity", [layers[-1].sums], "logits")
    _answer(end, "classes", ["batch", 2], TensorProto.INT64)
    _answer(end, "logits", ["batch", blank[-1].size])
    _answer(end, "contributions", ["batch", None])
    _answer_constants(end, {"blank": blank[-1]})


def _through_relu(end: ModelProto, slope: str, output: str, sums: str, blank: NDArray[np.float32]) -> str:
    """Multiply the slope of a ReLU's output by how much the ReLU passes on. Returns the name of the product."""
    name = f"{slope}_through"
    _constants(end, {f"{name}_given": blank.clip(0), f"{name}_got": abs(blank) + TINY})
    _node(end, "Add", [output, f"{name}_given"], f"{name}_gives")
    _node(end, "Abs", [sums], f"{name}_size")
    _node(end, "Add", [f"{name}_size", f"{name}_got"], f"{name}_gets")
    _node(end, "Div", [f"{name}_gives", f"{name}_gets"], f"{name}_share")
    _node(end, "Mul", [slope, f"{name}_share"], name)
    return name


def _layers(graph: GraphProto) -> list[Dense]:
    """Find a network's layers, from the softmax back to what is no ReLU."""
    makers = {output: node for node in graph.node for output in node.output}
    found, node = list[Dense](), makers[OUTPUT]
    while node.op_type in ("Softmax", "Relu"):
        (sums,) = node.input
        product, bias = makers[sums].input
        input, weights = makers[product].input
        found.append(Dense(input, weights, bias, sums))
        node = makers[input]
    return found[::-1]


def _blank_sums(graph: GraphProto, layers: list[Dense]) -> list[NDArray[np.float32]]:
    """What goes into each layer's activation for a blank picture."""
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    values, sums = np.zeros(len(constants[layers[0].weights]), np.float32), list[NDArray[np.float32]]()
    for layer in layers:
        sums.append(values @ constants[layer.weights] + constants[layer.bias])
        values = sums[-1].clip(0)
    return sums


def _node(end: ModelProto, operator: str, inputs: list[str], *outputs: str, **attributes: Any) -> None:
    end.graph.node.append(make_node(operator, inputs, outputs, **attributes))


def _constants(end: ModelProto, constants: Constants) -> None:
    end.graph.initializer.extend(onnx.numpy_helper.from_array(value, name) for name, value in constants.items())


def _answer(end: ModelProto, name: str, shape: list[str | int | None], dtype: int = TensorProto.FLOAT) -> None:
    end.graph.output.append(make_tensor_value_info(name, dtype, shape))


def _answer_constants(end: ModelProto, constants: Constants) -> None:
    _constants(end, constants)
    for name, value in constants.items():
        _answer(end, name, list(value.shape), onnx.helper.np_dtype_to_tensor_dtype(value.dtype))
