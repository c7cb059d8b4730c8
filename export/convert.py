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
from sklearn.tree import DecisionTreeClassifier

from export.signature import INPUT, OUTPUT, PIXELS
from training import deskew
from training.recipes import View

OPSET = 18  # the newest that tf2onnx writes for every layer; its opset 23 is refused
IR_VERSION = 10  # read by every onnxruntime since 1.18


def convert(kind: str, model: Any) -> onnx.ModelProto:
    """Convert a Network (mlp) or a Tree (tree), behind the view of the images that it was trained on."""
    fitted, view = (mlp if kind == "mlp" else tree)(model.fitted), _view(model.view)
    opsets = {opset.domain: opset.version for opset in (*fitted.opset_import, *view.opset_import)}
    for part in (fitted, view):  # merging wants them equal
        part.ir_version = IR_VERSION
        del part.opset_import[:]
        part.opset_import.extend(make_opsetid(domain, version) for domain, version in sorted(opsets.items()))
    fitted = onnx.compose.add_prefix(fitted, f"{kind}_", rename_outputs=False)
    return _signed(kind, onnx.compose.merge_models(view, fitted, [(PIXELS, f"{kind}_{PIXELS}")], outputs=[OUTPUT]))


def mlp(fitted: Any) -> onnx.ModelProto:
    """Convert a keras.Model. From a function: tf2onnx cannot take a Keras 3 Sequential itself."""

    @tf.function(input_signature=[tf.TensorSpec([None, fitted.input_shape[1]], tf.float32, name=PIXELS)])  # type: ignore[untyped-decorator]
    def answer(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        return {OUTPUT: fitted(pixels, training=False)}

    converted, _ = tf2onnx.convert.from_function(answer, answer.input_signature, opset=OPSET)
    return converted  # type: ignore[no-any-return]


def tree(fitted: DecisionTreeClassifier) -> onnx.ModelProto:
    """Convert a scikit-learn tree."""
    options = {id(fitted): {"zipmap": False}}  # an array, not a list of dictionaries
    features = [(PIXELS, FloatTensorType([None, fitted.n_features_in_]))]
    return convert_sklearn(  # type: ignore[no-any-return]
        fitted, initial_types=features, options=options, target_opset={"": OPSET, "ai.onnx.ml": 3}
    )


def _view(view: View | None) -> onnx.ModelProto:
    """What the model is shown: (batch, 28, 28) uint8 -> (batch, pixels) float32."""
    if view is not None:
        return deskew.model(view)
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
    onnx.checker.check_model(model, full_check=True)
    return model
