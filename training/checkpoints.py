"""Files of a trained model: `MODEL-RECIPE.keras` or `.joblib`, and its training report `MODEL-RECIPE.json`."""

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from command_line import CommandError
from training.files import write_atomically
from training.recipes import MLP, TREE, InputTransform

ARTIFACTS = Path("artifacts")
TOOLS = {"mlp": ("keras", "tensorflow", "tensorflow-cpu", "numpy"), "tree": ("scikit-learn", "numpy")}


class CheckpointError(CommandError):
    """A trained model is missing or outdated; the message includes the remedy."""


@dataclass(frozen=True)
class Checkpoint:
    """A model read from disk (TrainedMlp or TrainedTree) and its training report."""

    trained: Any
    report: dict[str, Any]


def save(kind: str, recipe: str, trained: Any, report: dict[str, Any], folder: Path = ARTIFACTS) -> Path:
    """Write the model and its report, each atomically. Returns the model's path."""
    folder.mkdir(parents=True, exist_ok=True)
    if "settings" not in report:  # those of a quick run differ from the recipe's
        report = {"settings": asdict((MLP if kind == "mlp" else TREE)[recipe]), **report}
    report = {"model": kind, "recipe": recipe, "tools": tool_versions(kind), **report}
    text = json.dumps(report, indent=1)
    write_atomically(_report_path(folder, kind, recipe), lambda path: path.write_text(text))
    path = _model_path(folder, kind, recipe)
    if kind == "mlp":
        write_atomically(path, trained.model.save)
    else:
        import joblib

        write_atomically(path, lambda path: joblib.dump(trained.model, path, compress=3))
    return path


def load(kind: str, recipe: str, folder: Path = ARTIFACTS) -> Checkpoint:
    """Read a trained model. Raises CheckpointError."""
    path, report_path = _model_path(folder, kind, recipe), _report_path(folder, kind, recipe)
    for file in (path, report_path):
        if not file.is_file():
            raise CheckpointError(f"{file} is missing. Train it: python -m training {kind} --recipe {recipe}")
    report = json.loads(report_path.read_text())
    if "transform" not in report["settings"]:
        raise CheckpointError(
            f"{report_path} was written by an earlier version. Train it again: "
            f"python -m training {kind} --recipe {recipe}"
        )
    transform = InputTransform(**settings) if (settings := report["settings"]["transform"]) else None
    if kind == "tree":
        import joblib

        from training.decision_tree import TrainedTree  # scikit-learn takes seconds

        return Checkpoint(TrainedTree(joblib.load(path), transform), report)
    import keras  # takes seconds; not needed for a tree

    from training.mlp import TrainedMlp

    return Checkpoint(TrainedMlp(keras.saving.load_model(path), transform), report)


def find(folder: Path = ARTIFACTS) -> list[tuple[str, str]]:
    """List the kind and recipe of every trained model in a folder."""
    return [
        (kind, path.stem.removeprefix(f"{kind}-"))
        for kind in TOOLS
        for path in sorted(folder.glob(_model_path(folder, kind, "*").name))
    ]


def tool_versions(kind: str) -> dict[str, str]:
    """Return the versions of the installed packages that train this kind of model."""
    versions = {}
    for name in TOOLS[kind]:
        try:
            versions[name] = version(name)
        except ModuleNotFoundError:  # one of the two TensorFlow packages
            continue
    return versions


def _model_path(folder: Path, kind: str, recipe: str) -> Path:
    return folder / f"{kind}-{recipe}.{'keras' if kind == 'mlp' else 'joblib'}"


def _report_path(folder: Path, kind: str, recipe: str) -> Path:
    return folder / f"{kind}-{recipe}.json"
