"""A trained model comes in; two files go out, `MODEL-RECIPE.keras` or `.joblib` and a `.json` that tells of it."""

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib

from training.decision_tree import Tree
from training.files import write_atomically
from training.recipes import MLP, TREE, View

ARTIFACTS = Path("artifacts")
TOOLS = {"mlp": ("keras", "tensorflow", "tensorflow-cpu", "numpy"), "tree": ("scikit-learn", "numpy")}


class ArtifactError(Exception):
    """A trained model is missing; the message says what to do."""


@dataclass(frozen=True)
class Artifact:
    """A trained model read back: a Network or a Tree, and what was written of its training."""

    model: Any
    report: dict[str, Any]


def save(kind: str, recipe: str, model: Any, report: dict[str, Any], folder: Path = ARTIFACTS) -> Path:
    """Write the model and its report, each beside its place and then renamed. Returns the model's path."""
    folder.mkdir(parents=True, exist_ok=True)
    if "settings" not in report:  # a quick training's are not the recipe's
        report = {"settings": asdict((MLP if kind == "mlp" else TREE)[recipe]), **report}
    report = {"model": kind, "recipe": recipe, "tools": tools(kind), **report}
    text = json.dumps(report, indent=1)
    write_atomically(_report_path(folder, kind, recipe), lambda path: path.write_text(text))
    path = _model_path(folder, kind, recipe)
    if kind == "mlp":
        write_atomically(path, model.fitted.save)
    else:
        write_atomically(path, lambda path: joblib.dump(model.fitted, path, compress=3))
    return path


def load(kind: str, recipe: str, folder: Path = ARTIFACTS) -> Artifact:
    """Read a trained model back. Raises ArtifactError."""
    path, report_path = _model_path(folder, kind, recipe), _report_path(folder, kind, recipe)
    for file in (path, report_path):
        if not file.is_file():
            raise ArtifactError(f"{file} is missing. Train it: python -m training {kind} --recipe {recipe}")
    report = json.loads(report_path.read_text())
    view = View(**settings) if (settings := report["settings"]["view"]) else None
    if kind == "tree":
        return Artifact(Tree(joblib.load(path), view), report)
    import keras  # seconds; a tree needs none of it

    from training.mlp import Network

    return Artifact(Network(keras.saving.load_model(path), view), report)


def trained(folder: Path = ARTIFACTS) -> list[tuple[str, str]]:
    """Find the kind and the recipe of every trained model in a folder."""
    return [
        (kind, path.stem.removeprefix(f"{kind}-"))
        for kind in TOOLS
        for path in sorted(folder.glob(_model_path(folder, kind, "*").name))
    ]


def tools(kind: str) -> dict[str, str]:
    """The versions of the packages that train this kind of model, of those installed."""
    found = {}
    for name in TOOLS[kind]:
        try:
            found[name] = version(name)
        except ModuleNotFoundError:  # one of the two TensorFlow packages
            continue
    return found


def _model_path(folder: Path, kind: str, recipe: str) -> Path:
    return folder / f"{kind}-{recipe}.{'keras' if kind == 'mlp' else 'joblib'}"


def _report_path(folder: Path, kind: str, recipe: str) -> Path:
    return folder / f"{kind}-{recipe}.json"
