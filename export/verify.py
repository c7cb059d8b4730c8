"""Verification of a bundle: its files, and every claim of its manifest, measured again on the test images."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digits import signing
from digits.errors import ModelUnavailable
from digits.manifest import FORMAT, MANIFEST, DigitLikeness, Entry
from digits.preprocess import normalize
from digits.registry import Bundle
from export import explanation, likeness
from export.bundle import TITLES
from export.parity import ParityError
from export.signature import IMAGES, LIKENESS, PROBABILITIES
from training.dataset import Split
from training.metrics import metrics
from training.strokes.canvas import CANVAS, ink
from training.strokes.synthetic import digits

FILES = {MANIFEST, *(f"{kind}{part}.onnx" for kind in TITLES for part in ("", ".explanation"))}
METRIC_TOLERANCE = 2e-4  # two of 10,000 images, because processors round differently
COUNT_TOLERANCE = 2  # images
MAX_ACCURACY_LOSS = 0.002  # relative to the served bundle
SYNTHETIC_DIGITS = 500  # from training/strokes/synthetic.py
MIN_HANDWRITING_ACCURACY = {"mlp": 0.985, "tree": 0.93}  # on them; the committed models reach 1.000 and 0.978


class VerifyError(Exception):
    """A bundle is invalid or not accurate enough; the message includes the reason."""


def verify_bundle(folder: Path, test: Split) -> dict[str, Entry]:
    """Check files, sha256, signature, metrics and explanations. Returns the manifest's entries; raises VerifyError."""
    if (names := {file.name for file in folder.iterdir()} - {signing.SIGNATURE}) != FILES:
        raise VerifyError(f"it has the files {', '.join(sorted(names))} instead of {', '.join(sorted(FILES))}")
    bundle = Bundle(folder)
    classifiers = bundle.load()
    if bundle.load_errors:
        raise VerifyError("; ".join(bundle.load_errors.values()))
    if (format := json.loads((folder / MANIFEST).read_bytes()).get("format")) != FORMAT:
        raise VerifyError(f"its manifest has the format {format}, expected {FORMAT}")
    if classifiers.keys() != TITLES.keys():
        raise VerifyError(f"its manifest has the models {', '.join(classifiers)}, not {', '.join(TITLES)}")
    for kind, classifier in classifiers.items():
        _verify_entry(kind, classifier.entry)
        probabilities, scores = classifier.score(test.images)
        _verify_metrics(kind, classifier.entry, metrics(test.labels, probabilities))
        if scores is not None:
            _verify_likeness(kind, classifier.entry["digit_likeness"], scores)
        try:
            explanation.verify(kind, classifier.explainer, test.images, probabilities)
        except (ModelUnavailable, ParityError) as error:
            raise VerifyError(str(error).partition(". ")[0]) from None  # the rest is advice for other situations
    return {kind: classifier.entry for kind, classifier in classifiers.items()}


def _verify_entry(kind: str, entry: Entry) -> None:
    files = entry["file"], entry.get("explanation", {}).get("file")
    if (entry["name"], *files) != (kind, f"{kind}.onnx", f"{kind}.explanation.onnx"):
        raise VerifyError(f"its manifest has {entry['name']} in {files[0]} and {files[1]} under the name {kind}")
    if (entry["input"], entry["output"]) != (IMAGES, PROBABILITIES):
        raise VerifyError(f"{kind} has the input {entry['input']} and the output {entry['output']}: not supported")


def _verify_metrics(kind: str, entry: Entry, measured: dict[str, Any]) -> None:
    for name, value in measured.items():
        if not _close(claimed := entry["metrics"].get(name), value):
            raise VerifyError(f"its manifest claims for {kind} {name} {claimed}, measured: {value}")


def _verify_likeness(kind: str, entry: DigitLikeness, scores: NDArray[np.float32]) -> None:
    if entry["output"] != LIKENESS:
        raise VerifyError(f"{kind} has the digit likeness {entry['output']}: not supported")
    if not ((scores >= 0) & (scores <= 1)).all():  # NaN, too
        raise VerifyError(f"{kind} has a digit likeness outside 0..1")
    claimed, measured = entry["metrics"].get("flagged_test_digits"), likeness.flagged(scores, entry["threshold"])
    if not _close(claimed, measured):
        raise VerifyError(f"its manifest claims for {kind} flagged_test_digits {claimed}, measured: {measured}")


def check_signature(folder: Path) -> None:
    """Raise SigningError if there is a key, and the bundle is not signed with it."""
    if signing.is_required():
        signature = folder / signing.SIGNATURE
        signing.verify((folder / MANIFEST).read_bytes(), signature.read_bytes() if signature.exists() else b"")


def check_not_worse(new: dict[str, Entry], served: Path) -> None:
    """Raise VerifyError if a model's accuracy is lower than the served bundle's by more than MAX_ACCURACY_LOSS."""
    try:
        old = json.loads((served / MANIFEST).read_bytes())["models"]
        accuracies = {kind: float(old[kind]["metrics"]["accuracy"]) for kind in TITLES}
    except (OSError, ValueError, KeyError, TypeError):
        return  # no readable bundle to compare with
    for kind, before in accuracies.items():
        after = new[kind]["metrics"]["accuracy"]
        if before - after > MAX_ACCURACY_LOSS + 1e-9:
            raise VerifyError(
                f"{kind} has an accuracy of {after:.2%} on the test images, the served one {before:.2%}; "
                "to pull it anyway, add --allow-worse"
            )


def check_handwriting_accuracy(folder: Path) -> dict[str, float]:
    """Return each model's accuracy on synthetic digits drawn on the page's canvas. Raises VerifyError if too low."""
    samples = list(digits(SYNTHETIC_DIGITS))
    pictures = np.stack([normalize(ink(stroke * CANVAS for stroke in digit.strokes)) for digit in samples])
    labels = [digit.label for digit in samples]
    accuracies = {}
    for kind, classifier in Bundle(folder).all().items():
        accuracies[kind] = float(np.mean(classifier.probabilities(pictures).argmax(axis=1) == labels))
        if accuracies[kind] < MIN_HANDWRITING_ACCURACY[kind]:
            raise VerifyError(
                f"{kind} has an accuracy of {accuracies[kind]:.1%} on {SYNTHETIC_DIGITS} synthetic digits, "
                f"required: {MIN_HANDWRITING_ACCURACY[kind]:.1%}"
            )
    return accuracies


def _close(claimed: Any, measured: Any) -> bool:
    match claimed, measured:
        case dict(), dict():
            return claimed.keys() == measured.keys() and all(_close(claimed[k], measured[k]) for k in measured)
        case list(), list() if len(claimed) == len(measured):
            return all(_close(a, b) for a, b in zip(claimed, measured, strict=True))
        case int(), int():
            return abs(claimed - measured) <= COUNT_TOLERANCE
        case int() | float(), int() | float():
            return abs(claimed - measured) <= METRIC_TOLERANCE
    return bool(claimed == measured)
