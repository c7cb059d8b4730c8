"""Files of a trained model: `MODEL-RECIPE.keras` or `.joblib`, and its training report `MODEL-RECIPE.json`.

An MLP may have a detector of pictures that are not one digit beside it, `mlp-RECIPE.likeness.npz`.
"""

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from command_line import CommandError
from digits.preprocess import SIZE
from training.dataset import CLASSES
from training.digit_likeness import detector
from training.digit_likeness.detector import Detector
from training.files import write_atomically
from training.recipes import MLP, TREE, InputTransform

ARTIFACTS = Path("artifacts")
TOOLS = {"mlp": ("keras", "tensorflow", "tensorflow-cpu", "numpy"), "tree": ("scikit-learn", "numpy")}


class CheckpointError(CommandError):
    """A trained model is missing, damaged or outdated; the message includes the remedy."""


@dataclass(frozen=True)
class Checkpoint:
    """A model read from disk (TrainedMlp or TrainedTree), its training report, and an MLP's detector."""

    trained: Any
    report: dict[str, Any]
    detector: Detector | None = None


def save(kind: str, recipe: str, trained: Any, report: dict[str, Any], folder: Path = ARTIFACTS) -> Path:
    """Write the model and its report, each atomically, and the report last. Returns the model's path."""
    folder.mkdir(parents=True, exist_ok=True)
    if "settings" not in report:  # those of a quick run differ from the recipe's
        report = {"settings": asdict((MLP if kind == "mlp" else TREE)[recipe]), **report}
    report = {"model": kind, "recipe": recipe, "tools": tool_versions(kind), **report}
    path = _model_path(folder, kind, recipe)

    def write_both(temporary: Path) -> None:
        temporary.write_text(json.dumps(report, indent=1))
        write_atomically(path, lambda model: _dump(trained.model, kind, model))

    write_atomically(report_path(path), write_both)
    return path


def load(kind: str, recipe: str, folder: Path = ARTIFACTS) -> Checkpoint:
    """Read a trained model. Raises CheckpointError.

    A `.joblib` file is a pickle, which can run any code: load only files of one's own training.
    """
    path = _model_path(folder, kind, recipe)
    command = f"python -m training {kind} --recipe {recipe}"
    for file in (path, report_path(path)):
        if not file.is_file():
            raise CheckpointError(f"{file} is missing. Train it: {command}")
    try:
        report = _read_report(report_path(path), kind)
    except OutdatedError:
        raise CheckpointError(
            f"{report_path(path)} was written by an earlier version. Train it again: {command}"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(_damaged(report_path(path), error, command)) from None
    settings = report["settings"]["transform"]
    transform = InputTransform(**settings) if settings else None
    pixels = transform.rows * transform.columns if transform else SIZE * SIZE
    try:
        trained = _load_tree(path, transform, pixels) if kind == "tree" else _load_mlp(path, transform, pixels)
    except Exception as error:  # Keras and pickle raise errors of any type
        raise CheckpointError(_damaged(path, error, command)) from None
    return Checkpoint(trained, report, load_detector(kind, recipe, folder))


def detector_path(recipe: str, folder: Path = ARTIFACTS) -> Path:
    """Return the path of the detector beside an MLP."""
    return _model_path(folder, "mlp", recipe).with_suffix(".likeness.npz")


def load_detector(kind: str, recipe: str, folder: Path = ARTIFACTS) -> Detector | None:
    """Read the detector beside an MLP; None if there is none. Raises CheckpointError."""
    path = detector_path(recipe, folder)
    if kind != "mlp" or not path.is_file():
        return None
    try:
        return detector.load(path)
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise CheckpointError(_damaged(path, error, "python -m training likeness")) from None


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


def report_path(model: Path) -> Path:
    """Return the path of the training report of a model's file."""
    return model.with_suffix(".json")


class OutdatedError(Exception):
    """A training report has the format of an earlier version."""


def _model_path(folder: Path, kind: str, recipe: str) -> Path:
    return folder / f"{kind}-{recipe}.{'keras' if kind == 'mlp' else 'joblib'}"


def _dump(model: Any, kind: str, path: Path) -> None:
    if kind == "mlp":
        model.save(path)
    else:
        import joblib

        joblib.dump(model, path, compress=3)


def _read_report(path: Path, kind: str) -> dict[str, Any]:
    """Read a training report. Raises OutdatedError, ValueError, KeyError or TypeError."""
    report = json.loads(path.read_text())
    if "transform" not in report["settings"]:
        raise OutdatedError
    if report["settings"]["transform"]:
        InputTransform(**report["settings"]["transform"])
    if report.get("model", kind) != kind or not isinstance(report.get("tools", {}), dict):
        raise ValueError(f"not the report of a {kind}")
    return report  # type: ignore[no-any-return]


def _load_tree(path: Path, transform: InputTransform | None, pixels: int) -> Any:
    import joblib
    from sklearn.tree import DecisionTreeClassifier

    from training.decision_tree import TrainedTree  # scikit-learn takes seconds

    model = joblib.load(path)
    if not isinstance(model, DecisionTreeClassifier):
        raise ValueError(f"it holds a {type(model).__name__}, not a decision tree")
    _check_shape((model.n_features_in_, model.n_classes_), pixels)
    return TrainedTree(model, transform)


def _load_mlp(path: Path, transform: InputTransform | None, pixels: int) -> Any:
    import keras  # takes seconds; not needed for a tree

    from training.mlp import TrainedMlp

    model = keras.saving.load_model(path)
    _check_shape((model.input_shape[-1], model.output_shape[-1]), pixels)
    return TrainedMlp(model, transform)


def _check_shape(shape: tuple[int, int], pixels: int) -> None:
    if shape != (pixels, CLASSES):
        raise ValueError(f"it has {shape[0]} inputs and {shape[1]} classes, expected {pixels} and {CLASSES}")


def _damaged(path: Path, error: Exception, command: str) -> str:
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:120]
    return f"{path} is damaged ({reason}). Train it again: {command}"
