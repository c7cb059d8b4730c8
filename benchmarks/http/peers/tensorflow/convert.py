"""Converter of the exported MLP to a Keras file: `python convert.py mlp.onnx mlp.keras`.

The deskewing layers are left out: a Keras application would not have them, and only loading and running is measured.
"""

import sys

import keras
import onnx


def main(onnx_file: str, out: str) -> None:
    weights = [onnx.numpy_helper.to_array(tensor) for tensor in dense(onnx.load(onnx_file).graph)]
    layers = [(weights[i], weights[i + 1]) for i in range(0, len(weights), 2)]
    activations = ["relu"] * (len(layers) - 1) + ["softmax"]
    model = keras.Sequential([keras.Input(layers[0][0].shape[:1])])
    for (kernel, bias), activation in zip(layers, activations, strict=True):
        model.add(layer := keras.layers.Dense(len(bias), activation))
        layer.set_weights([kernel, bias])
    model.save(out)


def dense(graph: onnx.GraphProto) -> list[onnx.TensorProto]:
    """Return the kernel and bias of each dense layer, in order."""
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    kernels = [(node.output[0], node.input[1]) for node in graph.node if node.op_type == "MatMul"]
    biases = {node.input[0]: node.input[1] for node in graph.node if node.op_type == "Add"}
    return [tensors[name] for product, kernel in kernels for name in (kernel, biases[product])]


if __name__ == "__main__":
    main(*sys.argv[1:])
