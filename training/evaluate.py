"""Labels and probabilities come in; the figures that tell how good a model is go out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from training.dataset import CLASSES, Labels


def metrics(labels: Labels, probabilities: NDArray[np.floating[Any]]) -> dict[str, Any]:
    """Accuracy, precision, recall, F1 (weighted by class size), 0..1, and the confusion matrix, rows true classes."""
    answers = probabilities.argmax(axis=1)
    precision, recall, f1, _ = precision_recall_fscore_support(labels, answers, average="weighted", zero_division=0)
    return {
        "images": len(labels),
        "accuracy": float(accuracy_score(labels, answers)),
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
        "confusion_matrix": confusion_matrix(labels, answers, labels=range(CLASSES)).tolist(),
    }
