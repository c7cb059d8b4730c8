"""Conversion of a trained model to ONNX: `images` (batch, 28, 28) uint8 -> `probabilities` (batch, 10)."""

from typing import Any

import numpy as np
import onnx
import onnx.compose
import onnx.parser
import tensorflow as tf
import tf2onnx
from onnx import TensorProto
from onnx.helper import make_attribute, make_node, make_opsetid, make_tensor_value_info
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.tree import DecisionTreeClassifier

from digits.preprocess import SIZE
from export.signature import INPUT, OUTPUT, PIXELS
from training import deskew
from training.recipes import InputTransform

OPSET = 18  # the newest that tf2onnx writes for every layer; its opset 23 is rejected
IR_VERSION = 10  # read by every onnxruntime since 1.18


def convert(kind: str, trained: Any) -> onnx.ModelProto:
    """Convert a TrainedMlp (mlp) or a TrainedTree (tree), preceded by its input transform."""
    model, transform = (mlp if kind == "mlp" else tree)(trained.model), _transform(trained.transform)
    opsets = {opset.domain: opset.version for opset in (*model.opset_import, *transform.opset_import)}
    for part in (model, transform):  # merging requires equal versions
        part.ir_version = IR_VERSION
        del part.opset_import[:]
        part.opset_import.extend(make_opsetid(domain, version) for domain, version in sorted(opsets.items()))
    model = onnx.compose.add_prefix(model, f"{kind}_", rename_outputs=False)
    merged = onnx.compose.merge_models(transform, model, [(PIXELS, f"{kind}_{PIXELS}")], outputs=[OUTPUT])
    return _set_signature(kind, merged)


def mlp(model: Any) -> onnx.ModelProto:
    """Convert a keras.Model, as a function: tf2onnx does not support a Keras 3 Sequential."""

    @tf.function(input_signature=[tf.TensorSpec([None, model.input_shape[1]], tf.float32, name=PIXELS)])  # type: ignore[untyped-decorator]
    def predict(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        return {OUTPUT: model(pixels, training=False)}

    converted, _ = tf2onnx.convert.from_function(predict, predict.input_signature, opset=OPSET)
    return converted  # type: ignore[no-any-return]


def tree(model: DecisionTreeClassifier) -> onnx.ModelProto:
    """Convert a scikit-learn tree."""
    options = {id(model): {"zipmap": False}}  # an array, not a list of dictionaries
    features = [(PIXELS, FloatTensorType([None, model.n_features_in_]))]
    converted = convert_sklearn(
        model, initial_types=features, options=options, target_opset={"": OPSET, "ai.onnx.ml": 3}
    )
    _compress(converted.graph)
    return converted  # type: ignore[no-any-return]


def _compress(graph: onnx.GraphProto) -> None:
    """List only the classes that a leaf's training images have, two of ten on average: 80 bytes a leaf instead of 195.

    The tree returns ratios to the leaf's least probable class, 1 for the classes that are not listed, and a node
    divides them by their sum. Without smoothing, the classes that are not listed have probability 0.
    """
    (tree,) = (node for node in graph.node if node.op_type == "TreeEnsembleClassifier")
    values = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in tree.attribute}
    classes = len(values["classlabels_int64s"])
    weights = np.array(values["class_weights"], np.float32).reshape(-1, classes)
    least = weights.min(axis=1, keepdims=True)
    is_smoothed = bool(least.min() > 0)
    if is_smoothed:
        weights = weights / least - 1
        ratios = f"{tree.output[1]}_ratios"
        graph.node.append(make_node("Normalizer", [ratios], [tree.output[1]], domain=tree.domain, norm="L1"))
        tree.output[1] = ratios
    listed = weights.ravel() > 0
    for name in ("class_ids", "class_nodeids", "class_treeids"):
        values[name] = np.array(values[name])[listed].tolist()
    values |= {"class_weights": weights.ravel()[listed].tolist(), "base_values": [float(is_smoothed)] * classes}
    for name in ("nodes_hitrates", "nodes_missing_value_tracks_true"):  # optional, and nothing in them
        del values[name]
    del tree.attribute[:]
    tree.attribute.extend(make_attribute(name, value) for name, value in sorted(values.items()))


def _transform(transform: InputTransform | None) -> onnx.ModelProto:
    """Build the graph of the input transform: (batch, 28, 28) uint8 -> (batch, pixels) float32."""
    if transform is not None:
        return deskew.build_graph(transform)
    return onnx.parser.parse_model(f"""
        <ir_version: {IR_VERSION}, opset_import: ["": {OPSET}]>
        flat (uint8[batch,{SIZE},{SIZE}] images) => (float[batch,{SIZE * SIZE}] pixels)
        <int64[2] row = {{-1, {SIZE * SIZE}}}> {{
            gray = Cast <to = 1> (images)
            pixels = Reshape (gray, row)
        }}
    """)


def _set_signature(kind: str, model: onnx.ModelProto) -> onnx.ModelProto:
    """Declare the shared input and output, and check the graph."""
    model.ir_version = IR_VERSION
    model.graph.name, model.graph.doc_string = kind, ""  # the converters generate new ones each time
    model.graph.input[0].CopyFrom(make_tensor_value_info(INPUT, TensorProto.UINT8, ["batch", SIZE, SIZE]))
    model.graph.output[0].CopyFrom(make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", 10]))
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    return model
