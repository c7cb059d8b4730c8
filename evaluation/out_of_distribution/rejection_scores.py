"""Scores that may separate digits from other images, and how well each does (AUROC)."""

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evaluation.onnx_model import OnnxModel
from evaluation.out_of_distribution import kinds
from evaluation.schema import Confidence, ImageKind, OutOfDistribution, Separation
from training.dataset import Images
from training.metrics import Probabilities

CONFIDENT = 0.9  # a probability that people take for certainty
THRESHOLDS = np.linspace(0.1, 1, 46)  # of probability, for the curves

type Scores = dict[str, NDArray[np.floating[Any]]]  # each (n,), higher for images that resemble a digit more


def measure(mlp: OnnxModel, tree: OnnxModel, digits: Images, count: int) -> OutOfDistribution:
    """Measure confidence and scores on test digits (n, 28, 28), and on `count` images of each other kind."""
    others = {kind: kinds.make(kind, count, digits) for kind in kinds.KINDS}
    images: dict[ImageKind, Images] = {"digits": digits, **others}
    scored = {kind: scores(mlp, tree, pictures) for kind, pictures in images.items()}
    return {
        "images": count,
        "thresholds": THRESHOLDS.tolist(),
        "confidence": {
            kind: {model.kind: _confidence(model.probabilities(pictures)) for model in (mlp, tree)}
            for kind, pictures in images.items()
        },
        "auroc": {name: _separation(name, scored) for name in scored["digits"]},
    }


def scores(mlp: OnnxModel, tree: OnnxModel, images: Images) -> Scores:
    """Compute every candidate score of every image (n, 28, 28)."""
    computed: Scores = {}
    both = {model.kind: model.probabilities(images).astype(np.float64) for model in (mlp, tree)}
    for kind, probabilities in both.items():
        ordered = np.sort(probabilities, axis=1)
        computed[f"{kind}: highest probability"] = ordered[:, -1]
        computed[f"{kind}: margin to the second"] = ordered[:, -1] - ordered[:, -2]
        computed[f"{kind}: low entropy"] = (probabilities * np.log(np.maximum(probabilities, 1e-12))).sum(axis=1)
    computed["both: agreement"] = np.minimum(*both.values()).sum(axis=1)
    if with_logits := mlp.with_logits():
        logits = with_logits.run("logits", images).astype(np.float64)
        computed["mlp: energy"] = np.logaddexp.reduce(logits, axis=1)
        computed["mlp: highest logit"] = logits.max(axis=1)
    return computed


def auroc(digits: NDArray[np.floating[Any]], others: NDArray[np.floating[Any]]) -> float:
    """Return the probability that a digit scores higher than another image: 0.5 is chance, 1 is perfect."""
    from sklearn.metrics import roc_auc_score  # takes seconds

    is_digit = np.repeat([1, 0], [len(digits), len(others)])
    return float(roc_auc_score(is_digit, np.concatenate([digits, others])))


def _separation(name: str, scored: dict[ImageKind, Scores]) -> Separation:
    """Separate test digits from each other kind by one score, and letters from digits of the same fonts."""
    digits = scored["digits"][name]
    separation = {kind: auroc(digits, scored[kind][name]) for kind in kinds.KINDS}
    control = auroc(scored["printed digits"][name], scored["letters"][name])
    return cast(Separation, separation | {"letters vs printed digits": control})


def _confidence(probabilities: Probabilities) -> Confidence:
    highest = probabilities.max(axis=1)
    return {
        "confident": float((highest >= CONFIDENT).mean()),
        "median": float(np.median(highest)),
        "at_least": [float((highest >= threshold).mean()) for threshold in THRESHOLDS],
    }
