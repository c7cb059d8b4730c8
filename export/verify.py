"""A folder that claims to be a bundle comes in; what its manifest says of each model goes out, if all of it is true."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from digits.errors import ModelUnavailable
from digits.manifest import FORMAT, MANIFEST, Entry
from digits.preprocess import normalize
from digits.registry import Bundle
from export import explanation
from export.bundle import TITLES
from export.parity import ParityError
from export.signature import IMAGES, PROBABILITIES
from training.dataset import Split
from training.metrics import metrics
from training.strokes.canvas import CANVAS, ink
from training.strokes.synthetic import digits

FILES = {MANIFEST, *(f"{kind}{part}.onnx" for kind in TITLES for part in ("", ".explanation"))}
CLOSE = 2e-4  # of a share: two of 10,000 images, as another processor may round another way
WORSE = 0.002  # of accuracy, that a bundle may lose to the one that it replaces
DRAWN = 500  # digits that a pen draws by lot (training/strokes/synthetic.py)
READ = {"mlp": 0.985, "tree": 0.93}  # of them, at least; the committed models read 1.000 and 0.978


class VerifyError(Exception):
    """A bundle is not what it claims to be, or not good enough; the message says in what."""


def verify(folder: Path, test: Split) -> dict[str, Entry]:
    """Check files, sha256, signature, every figure and explanation by doing them again on the test images.

    Raises VerifyError.
    """
    if (names := {file.name for file in folder.iterdir()}) != FILES:
        raise VerifyError(f"it has the files {', '.join(sorted(names))} instead of {', '.join(sorted(FILES))}")
    bundle = Bundle(folder)
    classifiers = bundle.load()
    if bundle.load_errors:
        raise VerifyError("; ".join(bundle.load_errors.values()))
    if (found := json.loads((folder / MANIFEST).read_bytes()).get("format")) != FORMAT:
        raise VerifyError(f"its manifest has the format {found}, this code reads {FORMAT}")
    if classifiers.keys() != TITLES.keys():
        raise VerifyError(f"its manifest has the models {', '.join(classifiers)}, not {', '.join(TITLES)}")
    for kind, classifier in classifiers.items():
        _verify_entry(kind, classifier.entry)
        probabilities = classifier.probabilities(test.images)
        _verify_metrics(kind, classifier.entry, metrics(test.labels, probabilities))
        try:
            explanation.prove(kind, classifier.explainer, test.images, probabilities)
        except (ModelUnavailable, ParityError) as error:
            raise VerifyError(str(error).partition(". ")[0]) from None  # what else they say is for another occasion
    return {kind: classifier.entry for kind, classifier in classifiers.items()}


def _verify_entry(kind: str, entry: Entry) -> None:
    files = entry["file"], entry.get("explanation", {}).get("file")
    if (entry["name"], *files) != (kind, f"{kind}.onnx", f"{kind}.explanation.onnx"):
        raise VerifyError(f"its manifest has {entry['name']} in {files[0]} and {files[1]} under the name {kind}")
    if (entry["input"], entry["output"]) != (IMAGES, PROBABILITIES):
        raise VerifyError(f"{kind} takes {entry['input']} and answers {entry['output']}: this code serves neither")


def _verify_metrics(kind: str, entry: Entry, measured: dict[str, Any]) -> None:
    if wrong := [name for name in measured if not _close(entry["metrics"].get(name), measured[name])]:
        name = wrong[0]
        raise VerifyError(
            f"its manifest claims for {kind} {name} {entry['metrics'].get(name)}, measured again: {measured[name]}"
        )


def not_worse(new: dict[str, Entry], served: Path) -> None:
    """Compare the accuracy of each model with that of the served bundle's. Raises VerifyError."""
    try:
        old = json.loads((served / MANIFEST).read_bytes())["models"]
        before = {kind: float(old[kind]["metrics"]["accuracy"]) for kind in TITLES}
    except (OSError, ValueError, KeyError, TypeError):
        return  # what cannot be read cannot be better
    for kind, accuracy in before.items():
        now = new[kind]["metrics"]["accuracy"]
        if accuracy - now > WORSE + 1e-9:
            raise VerifyError(
                f"{kind} is right for {now:.2%} of the test images, the served one for {accuracy:.2%}; "
                "to take it all the same, add --allow-worse"
            )


def reads_drawn(folder: Path) -> dict[str, float]:
    """Let each model read what a pen draws on the page's canvas. Returns the shares read right; raises VerifyError."""
    drawn = list(digits(DRAWN))
    pictures = np.stack([normalize(ink(stroke * CANVAS for stroke in digit.strokes)) for digit in drawn])
    labels = [digit.label for digit in drawn]
    shares = {}
    for kind, classifier in Bundle(folder).all().items():
        shares[kind] = float(np.mean(classifier.probabilities(pictures).argmax(axis=1) == labels))
        if shares[kind] < READ[kind]:
            raise VerifyError(
                f"{kind} reads {shares[kind]:.1%} of {DRAWN} drawn digits, {READ[kind]:.1%} are asked for"
            )
    return shares


def _close(claimed: Any, measured: Any) -> bool:
    match claimed, measured:
        case dict(), dict():
            return claimed.keys() == measured.keys() and all(_close(claimed[k], measured[k]) for k in measured)
        case list(), list() if len(claimed) == len(measured):
            return all(_close(a, b) for a, b in zip(claimed, measured, strict=True))
        case int(), int():  # images
            return abs(claimed - measured) <= 2
        case int() | float(), int() | float():
            return abs(claimed - measured) <= CLOSE
    return bool(claimed == measured)
