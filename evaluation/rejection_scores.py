"""Two models and pictures come in; scores that may tell digits from other things go out, and how well each does."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from evaluation import out_of_distribution
from evaluation.onnx_model import Exported
from training.dataset import Images
from training.metrics import Probabilities

PICTURES = 2_000  # of each kind
SURE = 0.9  # a probability that a person takes for certainty
STEPS = np.linspace(0.1, 1, 46)  # of probability, for the curves
CONTROL = "printed digits"

type Scores = dict[str, NDArray[np.floating[Any]]]  # each (n,), higher for what looks more like a digit


def measure(network: Exported, tree: Exported, digits: Images, pictures: int = PICTURES) -> dict[str, Any]:
    """Ask both models about test digits (n, 28, 28) and about what is none; score, and separate the two."""
    kinds = {kind: out_of_distribution.make(kind, pictures, digits) for kind in out_of_distribution.KINDS}
    everything = {"digits": digits, **kinds}
    answers = {kind: (network.probabilities(p), tree.probabilities(p)) for kind, p in everything.items()}
    found = {kind: scores(network, tree, p) for kind, p in everything.items()}
    return {
        "pictures": pictures,
        "thresholds": STEPS.tolist(),
        "confidence": {
            kind: {model.kind: _confidence(p) for model, p in zip((network, tree), pair, strict=True)}
            for kind, pair in answers.items()
        },
        "auroc": {
            score: {
                **{kind: auroc(values, found[kind][score]) for kind in kinds},
                "letters from printed digits": auroc(found[CONTROL][score], found["letters"][score]),
            }
            for score, values in found["digits"].items()
        },
    }


def scores(network: Exported, tree: Exported, pictures: Images) -> Scores:
    """Every candidate score of every picture."""
    found: Scores = {}
    both = {model.kind: model.probabilities(pictures).astype(np.float64) for model in (network, tree)}
    for kind, probabilities in both.items():
        top = np.sort(probabilities, axis=1)
        found[f"{kind}: highest probability"] = top[:, -1]
        found[f"{kind}: margin to the second"] = top[:, -1] - top[:, -2]
        found[f"{kind}: low entropy"] = (probabilities * np.log(np.maximum(probabilities, 1e-12))).sum(axis=1)
    found["both: agreement"] = np.minimum(*both.values()).sum(axis=1)
    if with_logits := network.logits():
        logits = with_logits.answer("logits", pictures).astype(np.float64)
        found["mlp: energy"] = np.logaddexp.reduce(logits, axis=1)
        found["mlp: highest logit"] = logits.max(axis=1)
    for model in (network, tree):
        if "digit_likeness" in model.outputs:
            found[f"{model.kind}: digit_likeness"] = model.answer("digit_likeness", pictures).reshape(-1)
    return found


def auroc(digits: NDArray[np.floating[Any]], others: NDArray[np.floating[Any]]) -> float:
    """The chance that a digit scores higher than the other: .5 is a coin, 1 is never wrong."""
    truth = np.repeat([1, 0], [len(digits), len(others)])
    return float(roc_auc_score(truth, np.concatenate([digits, others])))


def _confidence(probabilities: Probabilities) -> dict[str, Any]:
    top = probabilities.max(axis=1)
    return {
        "sure": float((top >= SURE).mean()),
        "median": float(np.median(top)),
        "at_least": [float((top >= step).mean()) for step in STEPS],
    }
