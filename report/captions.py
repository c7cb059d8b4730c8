"""Sentences of the report on the evaluation."""

import numpy as np

from evaluation.schema import BASELINE_SCORE, CLASSES, Evaluation, Kind, SeparationKind
from report.confusion_matrices import matrix, misclassified
from report.formatting import MODEL_NAME, p_value

REJECTION_KINDS: tuple[SeparationKind, ...] = ("letters", "scribbles", "noise", "letters vs printed digits")
SCORE_OWNERS = {"mlp": "MLP", "tree": "tree", "both": "both models"}


def mcnemar(evaluation: Evaluation) -> str:
    """State the counts that McNemar's test compares, and its result."""
    counts = evaluation["mcnemar"]
    return (
        "McNemar's test compares the images that only one of the two models classifies correctly: "
        f"{counts['only_first_right']:,} are the neural network's and {counts['only_second_right']:,} the decision "
        f"tree's. {significance(counts['p_value'])}"
    )


def significance(p: float) -> str:
    """Interpret the p-value of McNemar's exact test."""
    test = f"McNemar's exact test, {p_value(p)}"
    if p >= 0.05:
        return f"The difference is not statistically significant ({test})."
    return f"The difference is statistically significant ({test})."


def confusion(evaluation: Evaluation, kind: Kind) -> str:
    """Count the mistakes of a model and name the most frequent one."""
    counts = matrix(evaluation, kind)
    mistakes = misclassified(counts)
    label, predicted = divmod(int(mistakes.argmax()), CLASSES)
    return (
        f"The {MODEL_NAME[kind]} misclassifies {mistakes.sum():,} of {counts.sum():,} images; most often it predicts "
        f"{predicted} for {label} ({mistakes.max()} times)."
    )


def difference(evaluation: Evaluation) -> str:
    """Name the class on which the MLP gains most."""
    gains = np.diag(matrix(evaluation, "mlp") - matrix(evaluation, "tree"))
    largest = int(gains.argmax())
    return f"MLP minus tree: {int(gains.sum()):+,} correct predictions, most on {largest} ({gains[largest]:+})."


def rejection(evaluation: Evaluation) -> str:
    """Compare the best score for rejecting other images with the highest probability of the MLP."""
    auroc = evaluation["out_of_distribution"]["auroc"]
    baseline = auroc[BASELINE_SCORE]
    best = max(auroc, key=lambda name: auroc[name]["letters"] + auroc[name]["scribbles"])
    if best == BASELINE_SCORE:
        return "No score separates digits from other images better than the MLP's highest probability."
    figures = ", ".join(f"{kind} {auroc[best][kind]:.3f} ({baseline[kind]:.3f})" for kind in REJECTION_KINDS)
    return (
        f"The best score is the {score_title(best)}, which the API does not return; in parentheses the MLP's highest "
        f"probability: {figures}."
    )


def score_title(name: str) -> str:
    """Format the name of a rejection score: "mlp: low entropy" is "low entropy (MLP)"."""
    owner, score = name.split(": ")
    return f"{score} ({SCORE_OWNERS[owner]})"
