"""A trained model comes in; an ONNX model goes out: `images` (batch, 28, 28) uint8 -> `probabilities` (batch, 10)."""

from typing import Any

import onnx
import onnx.compose
import onnx.parser
import tensorflow as tf
import tf2onnx
from onnx import TensorProto
from onnx.helper import make_opsetid, make_tensor_value_info
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType

from training import deskew
from training.tree import Tree

INPUT, OUTPUT = "images", "probabilities"
OPSET = 18  # the newest that tf2onnx writes for every layer; its opset 23 is refused
IR_VERSION = 10  # read by every onnxruntime since 1.18


def convert(kind: str, model: Any) -> onnx.ModelProto:
    """Convert a keras.Model (mlp) or a Tree (tree); both take whole pixel values, 0 paper .. 255 ink."""
    return _signed(kind, mlp(model) if kind == "mlp" else tree(model))


def mlp(model: Any) -> onnx.ModelProto:
    """Convert a Keras network. From a function: tf2onnx cannot take a Keras 3 Sequential itself."""

    @tf.function(input_signature=[tf.TensorSpec([None, 28, 28], tf.uint8, name=INPUT)])  # type: ignore[untyped-decorator]
    def answer(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {OUTPUT: model(tf.cast(images, tf.float32), training=False)}

    converted, _ = tf2onnx.convert.from_function(answer, answer.input_signature, opset=OPSET)
    return converted  # type: ignore[no-any-return]


def tree(model: Tree) -> onnx.ModelProto:
    """Convert a decision tree, behind the view of the pixels that it was trained on."""
    options = {id(model.fitted): {"zipmap": False}}  # an array, not a list of dictionaries
    features = [("pixels", FloatTensorType([None, 784]))]
    opset = {"": OPSET, "ai.onnx.ml": 3}
    fitted = convert_sklearn(model.fitted, initial_types=features, options=options, target_opset=opset)
    view = deskew.model() if model.deskew else _flat()
    for part in (fitted, view):
        part.ir_version = IR_VERSION
    view.opset_import.extend(o for o in fitted.opset_import if o.domain)  # merging wants them equal
    fitted = onnx.compose.add_prefix(fitted, "tree_", rename_outputs=False)
    return onnx.compose.merge_models(view, fitted, [("pixels", "tree_pixels")], outputs=[OUTPUT])


def _flat() -> onnx.ModelProto:
    """The pixels as they are: (batch, 28, 28) uint8 -> (batch, 784) float32."""
    return onnx.parser.parse_model(f"""
        <ir_version: {IR_VERSION}, opset_import: ["": {OPSET}]>
        flat (uint8[batch,28,28] images) => (float[batch,784] pixels)
        <int64[2] row = {{-1, 784}}> {{
            grey = Cast <to = 1> (images)
            pixels = Reshape (grey, row)
        }}
    """)


def _signed(kind: str, model: onnx.ModelProto) -> onnx.ModelProto:
    """Declare the same input and output for every model, and check the whole."""
    model.ir_version = IR_VERSION
    model.graph.name, model.graph.doc_string = kind, ""  # the tools make up new ones each time
    model.graph.input[0].CopyFrom(make_tensor_value_info(INPUT, TensorProto.UINT8, ["batch", 28, 28]))
    model.graph.output[0].CopyFrom(make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", 10]))
    del model.graph.value_info[:]
    opsets = {opset.domain: opset.version for opset in model.opset_import}
    del model.opset_import[:]
    model.opset_import.extend(make_opsetid(domain, version) for domain, version in sorted(opsets.items()))
    onnx.checker.check_model(model, full_check=True)
    return model
