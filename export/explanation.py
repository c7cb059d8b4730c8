"""Extension of an exported model that explains its predictions, and the verification of the explanations.

The extension is a serialized ONNX fragment: appended to the model's file it forms one graph, the model's own nodes and
weights with more outputs (`digits.registry.Classifier.explainer`). `digits.explain` documents them.
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
from digits.preprocess import SIZE
from export import parity
from export.parity import Parity, ParityError
from export.signature import INPUT, OUTPUT, PIXELS
from training.dataset import Images

EPSILON = np.float32(1e-30)  # added to a divisor that is zero only where its dividend is
MAX_ERROR = 0.01  # of the contributions' sum, relative to the difference of the logits
MIN_DIFFERENCE = 0.01  # of logits; a smaller one is lost in the rounding of contributions a thousand times larger
CHUNK = 1_000  # images at once

type Constants = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class DenseLayer:
    """Names of a dense layer's tensors; `sums` is its output before the activation."""

    input: str
    weights: str
    bias: str
    sums: str


def build_extension(kind: str, content: bytes, trained: Any) -> bytes:
    """Build the extension from the bytes of the model's file and the TrainedMlp or TrainedTree."""
    extension = ModelProto()
    _output(extension, PIXELS, ["batch", None])
    if trained.transform is None:
        outermost = np.linspace(-1, 1, SIZE, dtype=np.float32)
        _output_constants(extension, {"grid": np.stack(np.meshgrid(outermost, outermost), axis=-1)[None]})
    else:
        _output(extension, "grid", ["batch", trained.transform.rows, trained.transform.columns, 2])
    _output_constants(extension, {"blur": _blur(trained.transform.blur if trained.transform else 1)})
    if kind == "mlp":
        _explain_mlp(extension, onnx.load_model_from_string(content).graph)
    else:
        _output_constants(extension, _tables(trained.model.tree_))
    serialized: bytes = extension.SerializeToString(deterministic=True)
    onnx.checker.check_model(onnx.load_model_from_string(content + serialized), full_check=True)
    return serialized


def verify(name: str, session: ort.InferenceSession, images: Images, probabilities: parity.Probabilities) -> Parity:
    """Explain every image and compare the explained probabilities with the model's. Raises ParityError."""
    from scipy.special import softmax  # takes half a second

    names = [output.name for output in session.get_outputs()]
    explained = []
    for start in range(0, len(images), CHUNK):
        outputs = dict(zip(names, session.run(names, {INPUT: images[start : start + CHUNK]}), strict=True))
        if "logits" in outputs:
            _verify_sums(name, outputs)
            explained.append(softmax(outputs["logits"], axis=1))
        else:
            explained.append(np.stack([outputs["shares"][path(outputs, pixels)[-1]] for pixels in outputs[PIXELS]]))
    return parity.check(f"{name}, explained", probabilities, np.concatenate(explained))


def _verify_sums(name: str, outputs: Constants) -> None:
    """Raise ParityError unless the contributions sum to the difference of the logits, relative to a blank image."""
    digit, runner_up = outputs["classes"].T
    logits = outputs["logits"] - outputs["blank"]
    rows = np.arange(len(logits))
    expected = logits[rows, digit] - logits[rows, runner_up]
    errors = np.abs(outputs["contributions"].sum(axis=1) - expected) / np.maximum(np.abs(expected), MIN_DIFFERENCE)
    if (error := errors.max()) > MAX_ERROR:
        raise ParityError(f"{name}: the sum of the pixels' contributions is off by {error:.1%}. Nothing was written.")


def _blur(side: int) -> NDArray[np.float32]:
    """Return the (28, 28) weights of the image's rows (or columns) in each row of the blurred image."""
    offsets = np.subtract.outer(np.arange(SIZE), np.arange(SIZE))
    near = (-(side // 2) <= offsets) & (offsets <= (side - 1) // 2)
    return (near / side).astype(np.float32)


def _tables(tree: Any) -> Constants:
    """Return the nodes of a scikit-learn tree: tested pixel and threshold, children (low, high), images and classes."""
    return {
        "feature": tree.feature.astype(np.int32),
        "threshold": tree.threshold.astype(np.float32),
        "children": np.stack([tree.children_left, tree.children_right], axis=1).astype(np.int32),
        "samples": tree.n_node_samples.astype(np.int32),
        "shares": tree.value[:, 0].astype(np.float32),
    }


def _explain_mlp(extension: ModelProto, graph: GraphProto) -> None:
    """Add the two likeliest classes, the logits, and each pixel's contribution to the difference of the two logits.

    DeepLIFT's rescale rule: a ReLU with the input z, and r for a blank image, passes on (relu(z) - relu(r)) / (z - r),
    which equals (relu(z) + relu(r)) / (|z| + |r|) without the cancellation.
    A. Shrikumar, P. Greenside, A. Kundaje, "Learning important features through propagating activation differences",
    ICML 2017.
    """
    layers = _layers(graph)
    blank = _blank_sums(graph, layers)
    constants = {"two": np.array([2]), "classes_axis": np.array([1]), "signs": np.array([[1], [-1]], np.float32)}
    _constants(extension, {**constants, "identity": np.eye(blank[-1].size, dtype=np.float32)})
    _node(extension, "TopK", [OUTPUT, "two"], "likeliest", "classes")
    _node(extension, "Gather", ["identity", "classes"], "two_rows")
    _node(extension, "Mul", ["two_rows", "signs"], "signed")
    _node(extension, "ReduceSum", ["signed", "classes_axis"], "slope_of_logits", keepdims=0)
    slope = "slope_of_logits"
    for number in reversed(range(len(layers))):
        layer = layers[number]
        _node(extension, "Gemm", [slope, layer.weights], slope := f"slope_of_input_{number}", transB=1)
        if number:
            slope = _through_relu(extension, slope, layer.input, layers[number - 1].sums, blank[number - 1])
    _node(extension, "Mul", [slope, layers[0].input], "contributions")
    _node(extension, "Identity", [layers[-1].sums], "logits")
    _output(extension, "classes", ["batch", 2], TensorProto.INT64)
    _output(extension, "logits", ["batch", blank[-1].size])
    _output(extension, "contributions", ["batch", None])
    _output_constants(extension, {"blank": blank[-1]})


def _through_relu(extension: ModelProto, slope: str, output: str, sums: str, blank: NDArray[np.float32]) -> str:
    """Multiply the slope of a ReLU's output by the fraction that it passes on. Returns the name of the product."""
    name = f"{slope}_through"
    _constants(extension, {f"{name}_blank_output": blank.clip(0), f"{name}_blank_size": abs(blank) + EPSILON})
    _node(extension, "Add", [output, f"{name}_blank_output"], f"{name}_outputs")
    _node(extension, "Abs", [sums], f"{name}_size")
    _node(extension, "Add", [f"{name}_size", f"{name}_blank_size"], f"{name}_sizes")
    _node(extension, "Div", [f"{name}_outputs", f"{name}_sizes"], f"{name}_fraction")
    _node(extension, "Mul", [slope, f"{name}_fraction"], name)
    return name


def _layers(graph: GraphProto) -> list[DenseLayer]:
    """Find an MLP's layers, walking back from the softmax while nodes are activations."""
    producers = {output: node for node in graph.node for output in node.output}
    layers, node = list[DenseLayer](), producers[OUTPUT]
    while node.op_type in ("Softmax", "Relu"):
        (sums,) = node.input
        product, bias = producers[sums].input
        input, weights = producers[product].input
        layers.append(DenseLayer(input, weights, bias, sums))
        node = producers[input]
    return layers[::-1]


def _blank_sums(graph: GraphProto, layers: list[DenseLayer]) -> list[NDArray[np.float32]]:
    """Return each layer's output before the activation for a blank image."""
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    values, sums = np.zeros(len(constants[layers[0].weights]), np.float32), list[NDArray[np.float32]]()
    for layer in layers:
        sums.append(values @ constants[layer.weights] + constants[layer.bias])
        values = sums[-1].clip(0)
    return sums


def _node(extension: ModelProto, operator: str, inputs: list[str], *outputs: str, **attributes: Any) -> None:
    extension.graph.node.append(make_node(operator, inputs, outputs, **attributes))


def _constants(extension: ModelProto, constants: Constants) -> None:
    extension.graph.initializer.extend(onnx.numpy_helper.from_array(value, name) for name, value in constants.items())


def _output(extension: ModelProto, name: str, shape: list[str | int | None], dtype: int = TensorProto.FLOAT) -> None:
    extension.graph.output.append(make_tensor_value_info(name, dtype, shape))


def _output_constants(extension: ModelProto, constants: Constants) -> None:
    _constants(extension, constants)
    for name, value in constants.items():
        _output(extension, name, list(value.shape), onnx.helper.np_dtype_to_tensor_dtype(value.dtype))
