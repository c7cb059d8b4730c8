"""Architecture of the neural network, read from the ONNX file of the bundle."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import onnx

BUNDLE = Path(__file__).parents[1] / "functions" / "digits" / "models"
NAMES = {"Relu": "ReLU", "Softmax": "softmax"}


@dataclass(frozen=True)
class Layer:
    """A dense layer."""

    inputs: int
    units: int
    activation: str

    @property
    def parameters(self) -> int:
        return (self.inputs + 1) * self.units


def layers(graph: onnx.GraphProto) -> list[Layer]:
    """Read the dense layers of an MLP: each is a matrix product, an addition and an activation."""
    shapes = {weights.name: tuple(weights.dims) for weights in graph.initializer}
    users = {name: node for node in graph.node for name in node.input}
    dense = []
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in shapes:
            inputs, units = shapes[node.input[1]]
            activation = users[users[node.output[0]].output[0]].op_type
            dense.append(Layer(inputs, units, NAMES.get(activation, activation)))
    return dense


@cache
def served(bundle: Path = BUNDLE) -> tuple[list[Layer], bool]:
    """Return the layers of a bundle's MLP, and whether its input is deskewed."""
    graph = onnx.load(bundle / "mlp.onnx").graph
    return layers(graph), any(node.op_type == "GridSample" for node in graph.node)


def alternative_text(bundle: Path = BUNDLE) -> str:
    """Describe the diagram."""
    dense, deskewed = served(bundle)
    units = ", ".join(f"{layer.units:,} units ({layer.activation})" for layer in dense)
    total = sum(layer.parameters for layer in dense)
    pixels = f"{dense[0].inputs:,} pixels{' of the deskewed digit' * deskewed}"
    return f"Layers of the neural network: {pixels}, then {units}; {total:,} parameters."
