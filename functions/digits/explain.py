"""A picture and the model that classified it come in; why it answers so goes out, as `explanation` in the API.

What the answer's score has above its value for a blank picture (network) or at the root (tree) is shared out among the
pixels that the model itself sees; then these contributions are handed on to the pixels of the picture.

Network: the score is the logarithm of how many times likelier the digit is than the runner-up. DeepLIFT's rescale
rule shares it out exactly, in one pass back inside the ONNX graph: A. Shrikumar, P. Greenside, A. Kundaje, "Learning
important features through propagating activation differences", ICML 2017.
Tree: the score is the digit's share of the training images. Each step from root to leaf gives its change of the share
to the pixel that it tests: A. Saabas, "Interpreting random forests", 2014.
Both: what a model sees is resampled from the picture (`training/moments.py`), each pixel a weighted sum of a few of the
picture's. Fainter ink does not move the resampling, so along the straight path from the blank picture each of those
adds weight times ink to the sum, and gets of the contribution in that proportion. A blank pixel, of which the network
makes nothing and the tree much, has no ink to go by: its contribution is handed on by weight alone.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from digits.decode import as_data_url
from digits.preprocess import SIZE, Picture
from digits.registry import Classifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECIMALS = 7  # of the attribution: float32 has no more, and the sum stays exact

type Found = dict[str, NDArray[Any]]  # what the explaining graph answers, by the names of its outputs
type Floats = NDArray[np.floating[Any]]


def explain(classifier: Classifier, picture: Picture) -> dict[str, Any]:
    """Explain the answer to a picture (28, 28) uint8, as JSON can carry it. Raises ModelUnavailable."""
    found = look(classifier, picture)
    rows, columns = (resampling(found["grid"][..., axis], found["blur"]) for axis in (1, 0))
    if "logits" in found:
        told, contributions = _of_network(found)
    else:
        told, contributions = _of_tree(found, rows, columns)
    attribution = hand_on(contributions, found["pixels"][0], picture, rows, columns)
    seen = found["pixels"].reshape(found["grid"].shape[1:3]).astype(np.uint8)
    rounded = (attribution.round(DECIMALS) + 0.0).tolist()  # no -0.0
    return {**told, "attribution": rounded, "seen": as_data_url(seen)}


def look(classifier: Classifier, picture: Picture) -> Found:
    """Let the model answer once more, with all that explains the answer."""
    session = classifier.explainer
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {classifier.entry["input"]["name"]: picture[None]}), strict=True))


def resampling(places: Floats, blur: Floats) -> Floats:
    """Weigh the picture's rows (or columns) for each pixel that the model sees, as a bilinear GridSample does.

    places: one coordinate of each pixel, -1 and 1 the middles of the picture's outermost; what lies beyond takes those
    blur: (28, 28), what each row of the picture that is sampled has of the rows of the picture
    returns: (pixels, 28)
    """
    source = ((places.reshape(-1, 1) + 1) * (SIZE - 1) / 2).clip(0, SIZE - 1)
    near: Floats = (1 - abs(source - np.arange(SIZE))).clip(0)
    return near @ blur


def hand_on(contributions: Floats, pixels: Floats, picture: Picture, rows: Floats, columns: Floats) -> Floats:
    """Hand the contributions of the pixels that the model sees on to the picture's (28, 28). Their sum is kept."""
    blank = pixels == 0
    ink = ((rows @ picture) * columns).sum(axis=1)
    weight = rows.sum(axis=1) * columns.sum(axis=1)
    by_ink = np.where(blank, 0, contributions / np.where(blank, 1, ink))
    by_weight = np.where(blank, contributions / weight, 0)
    attribution: Floats = picture * (rows.T @ (by_ink[:, None] * columns)) + rows.T @ (by_weight[:, None] * columns)
    return attribution


def path(tree: Found, pixels: Floats) -> list[int]:
    """Follow the tree's tables from its root to the leaf of these pixels. Returns the nodes on the way."""
    nodes = [0]
    while tree["children"][node := nodes[-1], 0] > 0:  # a leaf's are -1
        high = pixels[tree["feature"][node]] > tree["threshold"][node]
        nodes.append(int(tree["children"][node, int(high)]))
    return nodes


def _of_network(found: Found) -> tuple[dict[str, Any], Floats]:
    digit, runner_up = found["classes"][0].tolist()
    score, baseline = (float(logits[digit] - logits[runner_up]) for logits in (found["logits"][0], found["blank"]))
    told = {"method": "DeepLIFT", "score": score, "baseline": baseline, "runner_up": runner_up}
    return told, found["contributions"][0]


def _of_tree(found: Found, rows: Floats, columns: Floats) -> tuple[dict[str, Any], Floats]:
    nodes = path(found, found["pixels"][0])
    shares = found["shares"][nodes].astype(np.float64)
    of_digit = shares[:, shares[-1].argmax()]
    contributions = np.zeros(found["pixels"].size)
    np.add.at(contributions, found["feature"][nodes[:-1]], np.diff(of_digit))
    told = {
        "method": "decision path",
        "score": float(of_digit[-1]),
        "baseline": float(of_digit[0]),
        "root": shares[0].tolist(),
        "path": [_step(found, node, after, rows, columns) for node, after in pairwise(nodes)],
    }
    return told, contributions


def _step(found: Found, node: int, after: int, rows: Floats, columns: Floats) -> dict[str, Any]:
    """Tell what a node tests, and what is left after it."""
    pixel, width = int(found["feature"][node]), found["grid"].shape[2]
    return {
        "row": pixel // width,
        "column": pixel % width,
        "position": [_middle(rows[pixel]), _middle(columns[pixel])],
        "threshold": float(found["threshold"][node]),
        "value": float(found["pixels"][0, pixel]),
        "side": "low" if after == found["children"][node, 0] else "high",
        "samples": int(found["samples"][after]),
        "probabilities": found["shares"][after].tolist(),
    }


def _middle(weights: Floats) -> float:
    return round(float(weights @ np.arange(SIZE) / weights.sum()), 2)
