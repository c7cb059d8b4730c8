"""Explanations of a prediction: the contribution of each pixel, and the tree's decision path.

The score of the predicted digit, minus its value for a blank picture (MLP) or at the root (tree), is attributed to
the pixels of the model's deskewed picture, and then to the pixels of the model's input.

MLP: the score is the log ratio of the digit's probability and the runner-up's. DeepLIFT's rescale rule attributes
it exactly, in one backward pass inside the ONNX graph: A. Shrikumar, P. Greenside, A. Kundaje, "Learning important
features through propagating activation differences", ICML 2017.
Tree: the score is the digit's share of the training images. Each step from root to leaf attributes its change of the
share to the pixel that it compares: A. Saabas, "Interpreting random forests", 2014.
Both: a deskewed pixel is a weighted sum of a few input pixels (`training/deskew.py`). Scaling the ink does not move
the resampling, so along the straight path from the blank picture each input pixel contributes weight times ink to the
sum, and gets the attribution in that proportion. A blank pixel, which contributes little to the MLP and much to the
tree, has no ink: its attribution is distributed by weight alone.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from digits.decode import as_data_url
from digits.preprocess import SIZE, Picture
from digits.registry import Classifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECIMALS = 7  # of the attribution: the precision of float32, so the sum stays exact

type Outputs = dict[str, NDArray[Any]]  # of the explanation graph, by name
type Floats = NDArray[np.floating[Any]]


def explain(classifier: Classifier, picture: Picture) -> dict[str, Any]:
    """Explain the prediction for a picture (28, 28) uint8 as JSON values. Raises ModelUnavailable."""
    outputs = run_explainer(classifier, picture)
    rows, columns = (resampling(outputs["grid"][..., axis], outputs["blur"]) for axis in (1, 0))
    if "logits" in outputs:
        result, contributions = _explain_mlp(outputs)
    else:
        result, contributions = _explain_tree(outputs, rows, columns)
    attribution = backproject_attributions(contributions, outputs["pixels"][0], picture, rows, columns)
    seen = outputs["pixels"].reshape(outputs["grid"].shape[1:3]).astype(np.uint8)
    rounded = (attribution.round(DECIMALS) + 0.0).tolist()  # no -0.0
    return {**result, "attribution": rounded, "seen": as_data_url(seen)}


def run_explainer(classifier: Classifier, picture: Picture) -> Outputs:
    """Run the model with its explanation outputs on a picture (28, 28) uint8."""
    session = classifier.explainer
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {classifier.entry["input"]["name"]: picture[None]}), strict=True))


def resampling(coordinates: Floats, blur: Floats) -> Floats:
    """Return the weights of the picture's rows (or columns) in each deskewed pixel of a bilinear GridSample.

    coordinates: of each pixel, -1 and 1 the centers of the picture's outermost pixels, to which others are clamped
    blur: (28, 28), weights of the picture's rows in each row that is sampled
    returns: (pixels, 28)
    """
    source = ((coordinates.reshape(-1, 1) + 1) * (SIZE - 1) / 2).clip(0, SIZE - 1)
    near: Floats = (1 - abs(source - np.arange(SIZE))).clip(0)
    return near @ blur


def backproject_attributions(
    contributions: Floats, pixels: Floats, picture: Picture, rows: Floats, columns: Floats
) -> Floats:
    """Distribute contributions of deskewed pixels (n,) to the picture's pixels (28, 28). Their sum is kept."""
    blank = pixels == 0
    ink = ((rows @ picture) * columns).sum(axis=1)
    weight = rows.sum(axis=1) * columns.sum(axis=1)
    by_ink = np.where(blank, 0, contributions / np.where(blank, 1, ink))
    by_weight = np.where(blank, contributions / weight, 0)
    attribution: Floats = picture * (rows.T @ (by_ink[:, None] * columns)) + rows.T @ (by_weight[:, None] * columns)
    return attribution


def path(tree: Outputs, pixels: Floats) -> list[int]:
    """Follow the tree from its root to the leaf of these pixels. Returns the nodes of the path."""
    nodes = [0]
    while tree["children"][node := nodes[-1], 0] > 0:  # a leaf's are -1
        high = pixels[tree["feature"][node]] > tree["threshold"][node]
        nodes.append(int(tree["children"][node, int(high)]))
    return nodes


def _explain_mlp(outputs: Outputs) -> tuple[dict[str, Any], Floats]:
    digit, runner_up = outputs["classes"][0].tolist()
    score, baseline = (float(logits[digit] - logits[runner_up]) for logits in (outputs["logits"][0], outputs["blank"]))
    result = {"method": "DeepLIFT", "score": score, "baseline": baseline, "runner_up": runner_up}
    return result, outputs["contributions"][0]


def _explain_tree(outputs: Outputs, rows: Floats, columns: Floats) -> tuple[dict[str, Any], Floats]:
    nodes = path(outputs, outputs["pixels"][0])
    shares = outputs["shares"][nodes].astype(np.float64)
    of_digit = shares[:, shares[-1].argmax()]
    contributions = np.zeros(outputs["pixels"].size)
    np.add.at(contributions, outputs["feature"][nodes[:-1]], np.diff(of_digit))
    result = {
        "method": "decision path",
        "score": float(of_digit[-1]),
        "baseline": float(of_digit[0]),
        "root": shares[0].tolist(),
        "path": [_step(outputs, node, after, rows, columns) for node, after in pairwise(nodes)],
    }
    return result, contributions


def _step(outputs: Outputs, node: int, after: int, rows: Floats, columns: Floats) -> dict[str, Any]:
    """Describe the comparison of a node, and the classes after it."""
    pixel, width = int(outputs["feature"][node]), outputs["grid"].shape[2]
    return {
        "row": pixel // width,
        "column": pixel % width,
        "position": [_center(rows[pixel]), _center(columns[pixel])],
        "threshold": float(outputs["threshold"][node]),
        "value": float(outputs["pixels"][0, pixel]),
        "side": "low" if after == outputs["children"][node, 0] else "high",
        "samples": int(outputs["samples"][after]),
        "probabilities": outputs["shares"][after].tolist(),
    }


def _center(weights: Floats) -> float:
    return round(float(weights @ np.arange(SIZE) / weights.sum()), 2)
