"""The exported network comes in; a Keras file of the same layers with the same weights goes out.

`python network.py mlp.onnx mlp.keras`. The layers that bring the digit upright before them are left out: they are
no part of what a Keras application would hold, and what is measured is loading and running the network.
"""

import sys

import keras
import onnx


def main(exported: str, out: str) -> None:
    weights = [onnx.numpy_helper.to_array(tensor) for tensor in dense(onnx.load(exported).graph)]
    layers = [(weights[i], weights[i + 1]) for i in range(0, len(weights), 2)]
    activations = ["relu"] * (len(layers) - 1) + ["softmax"]
    network = keras.Sequential([keras.Input(layers[0][0].shape[:1])])
    for (kernel, bias), activation in zip(layers, activations, strict=True):
        network.add(layer := keras.layers.Dense(len(bias), activation))
        layer.set_weights([kernel, bias])
    network.save(out)


def dense(graph: onnx.GraphProto) -> list[onnx.TensorProto]:
    """Kernel and bias of each dense layer, from the first to the last."""
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    kernels = [(node.output[0], node.input[1]) for node in graph.node if node.op_type == "MatMul"]
    biases = {node.input[0]: node.input[1] for node in graph.node if node.op_type == "Add"}
    return [tensors[name] for product, kernel in kernels for name in (kernel, biases[product])]


if __name__ == "__main__":
    main(*sys.argv[1:])
