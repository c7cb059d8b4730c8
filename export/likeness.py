"""Output `digit_likeness` of an exported MLP: the detector's layers, after the graph's deskewed pixels."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime as ort
from onnx import ModelProto, TensorProto
from onnx.helper import make_node, make_tensor_value_info

from digits.manifest import MANIFEST, DigitLikeness
from digits.registry import open_session
from export import bundle, explanation
from export.bundle import ExportedModel
from export.parity import MAX_DIFFERENCE, ParityError
from export.signature import INPUT, LIKENESS, OUTPUT, PIXELS
from training.dataset import Images
from training.digit_likeness.detector import Detector

PREFIX = f"{LIKENESS}_"  # of the names of nodes, tensors and constants


def attach(model: ModelProto, detector: Detector) -> None:
    """Add the detector to the graph, in place of an earlier one. Its other outputs stay the same, bit for bit."""
    detach(model)
    constants = {
        "hidden_weights": detector.hidden,
        "hidden_bias": detector.hidden_bias,
        "output_weights": detector.output,
        "output_bias": detector.output_bias,
        "shape": np.array([-1]),
    }
    hidden, bias, output, output_bias, flat = (PREFIX + name for name in constants)
    nodes = [
        ("Gemm", [PIXELS, hidden, bias], "sums"),
        ("Relu", [f"{PREFIX}sums"], "hidden"),
        ("Gemm", [f"{PREFIX}hidden", output, output_bias], "logits"),
        ("Reshape", [f"{PREFIX}logits", flat], "logit"),
    ]
    for operator, inputs, name in nodes:
        model.graph.node.append(make_node(operator, inputs, [PREFIX + name], PREFIX + name))
    model.graph.node.append(make_node("Sigmoid", [f"{PREFIX}logit"], [LIKENESS], f"{PREFIX}score"))
    for name, value in constants.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(value, PREFIX + name))
    model.graph.output.append(make_tensor_value_info(LIKENESS, TensorProto.FLOAT, ["batch"]))
    onnx.checker.check_model(model, full_check=True)


def detach(model: ModelProto) -> None:
    """Remove the detector from the graph, if it has one."""
    graph = model.graph
    for values, prefix in ((graph.node, PREFIX), (graph.initializer, PREFIX), (graph.output, LIKENESS)):
        kept = [value for value in values if not value.name.startswith(prefix)]
        del values[:]
        values.extend(kept)


def manifest_entry(name: str, session: ort.InferenceSession, detector: Detector, images: Images) -> DigitLikeness:
    """Compare the output with the detector on test images, and describe it. Raises ParityError."""
    (scores,) = session.run([LIKENESS], {INPUT: images})
    difference = float(np.abs(scores - detector.likeness(images)).max())
    if not difference <= MAX_DIFFERENCE:  # NaN, too
        raise ParityError(
            f"{name}: the digit likeness differs by up to {difference:.1e} (limit {MAX_DIFFERENCE:.0e}). "
            "Nothing was written."
        )
    return {
        "output": LIKENESS,
        "threshold": detector.threshold,
        "metrics": detector.metrics | {"flagged_test_digits": flagged(scores, detector.threshold)},
        "parity": {"images": len(images), "max_difference": difference},
        "settings": asdict(detector.settings),
    }


def flagged(scores: Any, threshold: float) -> float:
    """Return the fraction of scores (n,) below the threshold."""
    return float((scores < threshold).mean())


def replace_in_bundle(folder: Path, detector: Detector, images: Images) -> list[ExportedModel]:
    """Return the bundle's models with another detector in the MLP.

    Raises ParityError if this changes a bit of the MLP's probabilities of the test images, or their explanations.
    """
    models = list[ExportedModel]()
    for kind, entry in json.loads((folder / MANIFEST).read_bytes())["models"].items():
        content = (folder / entry["file"]).read_bytes()
        extension = (folder / entry["explanation"]["file"]).read_bytes()
        if kind == "mlp":
            (before,) = open_session(content).run([OUTPUT], {INPUT: images})
            model = onnx.load_model_from_string(content)
            attach(model, detector)
            content = model.SerializeToString(deterministic=True)
            session = open_session(content)
            (after,) = session.run([OUTPUT], {INPUT: images})
            if not np.array_equal(before, after):
                raise ParityError(f"{kind}: the detector changes the probabilities. Nothing was written.")
            explanation.verify(kind, open_session(content + extension), images, after)
            entry |= bundle.model_file(kind, content)
            entry["digit_likeness"] = manifest_entry(kind, session, detector, images)
        models.append(ExportedModel(content, extension, entry))
    return models
